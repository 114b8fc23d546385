package io.peft4j.benchmarks.work;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.exec.NoiseFeed;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.harness.head.ClassifierDecoder;
import io.peft4j.harness.head.Decoder;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.task.ClassificationTask;
import io.peft4j.harness.task.DenseTask;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.MultiTaskModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A model with its inputs.
 *
 * @param work what it was made for
 * @param size in what size
 * @param model backbone, adapter, heads, and losses where it is trained
 * @param inputs every placeholder, by name
 * @param labels label maps, by task
 * @param weights every parameter by name, as a checkpoint and a saved adapter hold them, before
 *     anything was merged
 */
public record WorkModel(
    Work work,
    WorkSize size,
    MultiTaskModel model,
    Map<String, INDArray> inputs,
    Map<String, INDArray> labels,
    Map<String, INDArray> weights) {
  /** Name of the task of works that classify. */
  static final String CLASSES = "class";

  private static final int CLASS_COUNT = 10;
  private static final long SEED = 3;

  /** Standard deviation of what is added to start values: a zero B would hide A's gradient. */
  private static final double JITTER = 0.02;

  /** Copies the maps. */
  public WorkModel {
    inputs = ImmutableMap.copyOf(inputs);
    labels = ImmutableMap.copyOf(labels);
    weights = ImmutableMap.copyOf(weights);
  }

  static boolean hasMethod(String id) {
    return MethodRegistry.discover().methods().stream().anyMatch(m -> m.id().equals(id));
  }

  /** A model to be trained, with losses. */
  static WorkModel trained(Work work, WorkSize size) {
    TaskSet tasks = tasks(work, size);
    PeftModel peft = adapt(work, size, tasks);
    MultiTaskModel model =
        MultiTaskModel.withLosses(peft, tasks, decoder(work, peft.backbone()), Map.of());
    jitter(peft.arrays());
    return new WorkModel(
        work, size, model, inputs(model, size, true), labels(tasks, size), weights(peft));
  }

  /** A model to predict with, its adapter merged. */
  static WorkModel merged(Work work, WorkSize size) {
    TaskSet tasks = tasks(work, size);
    PeftModel adapted = adapt(work, size, tasks);
    jitter(adapted.arrays());
    Map<String, INDArray> weights = new LinkedHashMap<>(weights(adapted));
    PeftModel merged = adapted.merge();
    MultiTaskModel model =
        MultiTaskModel.withHeads(merged, tasks, decoder(work, merged.backbone()));
    weights.putAll(merged.arrays());
    return new WorkModel(
        work, size, model, inputs(model, size, false), labels(tasks, size), weights);
  }

  /** Name of the input image. */
  public String image() {
    return model.peft().backbone().image().name();
  }

  /** Inputs of a step with dropout: masks and labels are made anew, as a trainer makes them. */
  Map<String, INDArray> fed(long step) {
    TargetGraph target = model.peft().target();
    Map<String, INDArray> fed = new HashMap<>(inputs);
    fed.putAll(
        NoiseFeed.masks(target.noises().values(), target.dataType(), size.batch(), SEED, step));
    model.tasks().tasks().forEach(t -> fed.putAll(t.feed(labels.get(t.name()))));
    fed.keySet().retainAll(inputs.keySet());
    return fed;
  }

  private static PeftModel adapt(Work work, WorkSize size, TaskSet tasks) {
    if (!hasMethod(work.method())) {
      throw new InputException("method '%s' is not on the class path".formatted(work.method()));
    }
    Backbone backbone = Swin.build(size.config(), WeightSource.random(SEED), DataType.FLOAT);
    return Peft.adapt(backbone, work.method(), work.options(size), tasks.routed(), SEED);
  }

  private static Decoder decoder(Work work, Backbone backbone) {
    return work.isDense()
        ? DecoderChoice.byRule().decoder(backbone)
        : ClassifierDecoder.namedAsInCheckpoints();
  }

  /** The first tasks of both data sets of the papers; more repeat them under other names. */
  private static TaskSet tasks(Work work, WorkSize size) {
    if (!work.isDense()) {
      return new TaskSet(List.of(new ClassificationTask(new Task(CLASSES, CLASS_COUNT))));
    }
    List<DenseTask> known = TaskSet.parse("semseg:21,human_parts,sal,normals,depth,edge").tasks();
    List<DenseTask> tasks = new ArrayList<>();
    for (int i = 0; i < size.tasks(); i++) {
      DenseTask task = known.get(i % known.size());
      int copy = i / known.size() + 1;
      tasks.add(copy == 1 ? task : new AliasTask(task.name() + copy, task));
    }
    return new TaskSet(tasks);
  }

  private static Map<String, INDArray> labels(TaskSet tasks, WorkSize size) {
    Map<String, INDArray> labels = new LinkedHashMap<>();
    for (DenseTask task : tasks.tasks()) {
      int edge = task instanceof ClassificationTask ? 1 : size.image();
      labels.put(task.name(), SyntheticData.labels(task, size.batch(), edge, edge));
    }
    return labels;
  }

  private static Map<String, INDArray> inputs(MultiTaskModel model, WorkSize size, boolean train) {
    PeftModel peft = model.peft();
    Map<String, INDArray> inputs = new HashMap<>(peft.noiseOff(size.batch()));
    inputs.put(
        peft.backbone().image().name(),
        SyntheticData.images(size.batch(), size.image(), size.image()));
    inputs.put(MultiTaskModel.TRAINING, Nd4j.createFromArray(train ? 1f : 0f));
    if (train) {
      Map<String, INDArray> labels = labels(model.tasks(), size);
      model.tasks().tasks().forEach(t -> inputs.putAll(t.feed(labels.get(t.name()))));
    }
    Set<String> known = Set.copyOf(peft.target().graph().inputs());
    inputs.keySet().retainAll(known);
    return inputs;
  }

  private static Map<String, INDArray> weights(PeftModel peft) {
    Map<String, INDArray> weights = new LinkedHashMap<>();
    for (Param param : peft.backbone().params()) {
      weights.put(param.path(), peft.backbone().graph().getArrForVarName(param.path()));
    }
    weights.putAll(peft.arrays());
    return weights;
  }

  private static void jitter(Map<String, INDArray> arrays) {
    arrays.forEach(
        (name, array) -> {
          SplittableRandom random = new SplittableRandom(SEED + name.hashCode());
          float[] noise = new float[Math.toIntExact(array.length())];
          for (int i = 0; i < noise.length; i++) {
            noise[i] = (float) (JITTER * random.nextGaussian());
          }
          array.addi(Nd4j.createFromArray(noise).reshape('c', array.shape()));
        });
  }
}
