package io.peft4j.examples;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.DataSources;
import io.peft4j.harness.data.DataSpec;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.metric.Score;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.TrainConfig;
import io.peft4j.harness.train.TrainListener;
import io.peft4j.harness.train.Trainer;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What the other mains do before and after they adapt a backbone: the steps of {@link LoraExample},
 * where each is explained.
 *
 * @param data rooms with exact truth
 * @param tasks their tasks
 * @param backbone pre-trained
 * @param training how long, and by which learning rate
 */
record ExampleRun(DataSource data, TaskSet tasks, Backbone backbone, TrainConfig training) {
  private static final int IMAGE = 64;
  private static final int BATCH = 16;
  private static final long SEED = 0;

  /** A run by the arguments of a main: training images (512) and epochs (6). */
  static ExampleRun of(double learningRate, String... args) {
    int images = args.length > 0 ? Integer.parseInt(args[0]) : 512;
    int epochs = args.length > 1 ? Integer.parseInt(args[1]) : 6;
    DataSource data =
        DataSources.named(
            new DataSpec("scenes", images, Math.max(BATCH, images / 4), SEED, true), IMAGE, IMAGE);
    Backbone backbone =
        Swin.build(Swin.preset("swin-nano"), WeightSource.pretrained("swin-nano"), DataType.FLOAT);
    return new ExampleRun(
        data,
        TaskSet.parse(data.defaultTasks()),
        backbone,
        TrainConfig.of(epochs, BATCH, learningRate, SEED));
  }

  /** Trains what has been adapted, prints the scores of its tasks, and returns them. */
  Map<String, Score> train(PeftModel peft) {
    MultiTaskModel model =
        MultiTaskModel.withLosses(peft, tasks, DecoderChoice.byRule().decoder(backbone), Map.of());
    Map<String, Score> scores =
        new Trainer(model, data, training, TrainListener.NONE).run(Trainer.Snapshots.NONE).scores();
    scores.forEach((task, s) -> System.out.printf("%-12s %s %.4f%n", task, s.name(), s.value()));
    return scores;
  }

  /** Adapts, says what is trained, and trains. */
  Map<String, Score> train(String method, Map<String, String> options) {
    PeftModel peft = Peft.adapt(backbone, method, options, tasks.routed());
    System.out.println(method + ": " + peft.trainableSummary());
    return train(peft);
  }
}
