package io.peft4j.examples;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.emitted.Owner;
import io.peft4j.graph.emitted.Trainable;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.DataSources;
import io.peft4j.harness.data.DataSpec;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.task.DenseTask;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.TrainConfig;
import io.peft4j.harness.train.TrainListener;
import io.peft4j.harness.train.Trainer;
import io.peft4j.grouping.Grouping;
import io.peft4j.grouping.Partition;
import io.peft4j.grouping.PartitionScore;
import io.peft4j.grouping.Similarity;
import io.peft4j.grouping.SimilarityFile;
import io.peft4j.grouping.SimilarityMeter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Which tasks may share adapters (TGLoRA, section 3): heads are trained on the frozen backbone,
 * then the gradients of the tasks' losses are compared example by example, and tasks grouped by
 * them. Arguments: training images (256), epochs of the heads (4), examples to compare (32).
 */
public final class TaskGroupsExample {
  private static final int IMAGE = 64;
  private static final int BATCH = 16;
  private static final double LEARNING_RATE = 2e-3;
  private static final long SEED = 0;

  private TaskGroupsExample() {}

  /** Measures and groups. */
  public static void main(String[] args) {
    int images = args.length > 0 ? Integer.parseInt(args[0]) : 256;
    int epochs = args.length > 1 ? Integer.parseInt(args[1]) : 4;
    int examples = args.length > 2 ? Integer.parseInt(args[2]) : 32;
    DataSource data =
        DataSources.named(
            new DataSpec("scenes", images, Math.max(BATCH, images / 4), SEED, true), IMAGE, IMAGE);
    TaskSet tasks = TaskSet.parse(data.defaultTasks());
    Backbone backbone =
        Swin.build(Swin.preset("swin-nano"), WeightSource.pretrained("swin-nano"), DataType.FLOAT);

    MultiTaskModel heads = model(backbone, "decoders-only", tasks);
    TrainConfig config = TrainConfig.of(epochs, BATCH, LEARNING_RATE, SEED);
    new Trainer(heads, data, config, TrainListener.NONE).run(Trainer.Snapshots.NONE);

    Similarity similarity = measure(backbone, heads.peft().state(), tasks, data, examples);
    SimilarityFile.lines(similarity).forEach(System.out::println);
    List<Integer> counts = Grouping.progressive(tasks.names().size(), backbone.features().size());
    for (Partition stage : Grouping.stages(similarity, counts)) {
      System.out.printf(
          "%s score %.4f%n",
          stage.groups().stream()
              .map(g -> g.stream().map(similarity.tasks()::get).collect(Collectors.joining("+")))
              .collect(Collectors.joining("/")),
          PartitionScore.of(similarity, stage));
    }
  }

  /** Mean cosine of the tasks' gradients with respect to the backbone, without any dropout. */
  private static Similarity measure(
      Backbone backbone,
      Map<String, INDArray> heads,
      TaskSet tasks,
      DataSource data,
      int examples) {
    // "full" only so that the graph has gradients of the backbone: nothing is trained here
    MultiTaskModel model = model(backbone, "full", tasks);
    PeftModel peft = model.peft();
    heads.forEach((name, value) -> peft.state().get(name).assign(value));
    List<String> shared =
        peft.target().trainables().stream()
            .filter(t -> t.owner() == Owner.BACKBONE)
            .map(Trainable::name)
            .toList();
    List<GraphExecutor> executors =
        tasks.names().stream()
            .map(
                t ->
                    (GraphExecutor)
                        GraphExecutors.forTraining(
                            peft.target().graph(), MultiTaskModel.loss(t), shared))
            .toList();
    SimilarityMeter meter = new SimilarityMeter(tasks.names());
    MultiDataSetIterator batches = data.train(tasks, 1, SEED, 1);
    for (int i = 0; i < examples && batches.hasNext(); i++) {
      Map<String, INDArray> inputs = inputs(model, batches.next());
      List<Map<String, INDArray>> gradients =
          executors.stream().map(e -> e.gradients(inputs, List.of()).gradients()).toList();
      for (String name : shared) {
        meter.add(gradients.stream().map(g -> g.get(name).dup('c').data().asFloat()).toList());
      }
      meter.endExample();
    }
    executors.forEach(GraphExecutor::close);
    return meter.similarity();
  }

  private static Map<String, INDArray> inputs(MultiTaskModel model, MultiDataSet example) {
    Map<String, INDArray> inputs = new HashMap<>(model.peft().noiseOff(1));
    inputs.put(model.peft().backbone().image().name(), example.getFeatures(0));
    inputs.put(MultiTaskModel.TRAINING, Nd4j.zeros(DataType.FLOAT, 1));
    int i = 0;
    for (DenseTask task : model.tasks().tasks()) {
      inputs.putAll(task.feed(example.getLabels(i++)));
    }
    return inputs;
  }

  private static MultiTaskModel model(Backbone backbone, String method, TaskSet tasks) {
    PeftModel peft = Peft.adapt(backbone, method, Map.of(), tasks.routed());
    return MultiTaskModel.withLosses(
        peft, tasks, DecoderChoice.byRule().decoder(backbone), Map.of());
  }
}
