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
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.TrainConfig;
import io.peft4j.harness.train.TrainListener;
import io.peft4j.harness.train.Trainer;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;

/** What the mains of the baselines share: the steps of {@link LoraExample}, less the comments. */
final class BaselineExample {
  private static final int IMAGE = 64;
  private static final int BATCH = 16;

  private BaselineExample() {}

  static void run(String method, Map<String, String> options, double learningRate, String... args) {
    int images = args.length > 0 ? Integer.parseInt(args[0]) : 512;
    int epochs = args.length > 1 ? Integer.parseInt(args[1]) : 6;
    DataSource data =
        DataSources.named(
            new DataSpec("scenes", images, Math.max(BATCH, images / 4), 0, true), IMAGE, IMAGE);
    TaskSet tasks = TaskSet.parse(data.defaultTasks());
    Backbone backbone =
        Swin.build(Swin.preset("swin-nano"), WeightSource.pretrained("swin-nano"), DataType.FLOAT);
    PeftModel peft = Peft.adapt(backbone, method, options, tasks.routed());
    System.out.println(method + ": " + peft.trainableSummary());
    MultiTaskModel model =
        MultiTaskModel.withLosses(peft, tasks, DecoderChoice.byRule().decoder(backbone), Map.of());
    new Trainer(model, data, TrainConfig.of(epochs, BATCH, learningRate, 0), TrainListener.NONE)
        .run(Trainer.Snapshots.NONE)
        .scores()
        .forEach((task, s) -> System.out.printf("%-12s %s %.4f%n", task, s.name(), s.value()));
  }
}
