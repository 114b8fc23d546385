package io.peft4j.examples;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.DataSources;
import io.peft4j.harness.data.DataSpec;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.Evaluator;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.TrainConfig;
import io.peft4j.harness.train.TrainListener;
import io.peft4j.harness.train.Trainer;
import java.nio.file.Path;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * DiTASK on the embedded scenes: one transformation of the singular values for all tasks, one per
 * task in the last block of each stage. Arguments: training images (512), epochs (6), file of the
 * adapter (ditask.safetensors).
 */
public final class DitaskExample {
  private static final int IMAGE = 64;
  private static final int BATCH = 16;
  private static final double LEARNING_RATE = 5e-3;
  private static final long SEED = 0;

  private DitaskExample() {}

  /** Trains, evaluates, saves and merges. */
  public static void main(String[] args) {
    int images = args.length > 0 ? Integer.parseInt(args[0]) : 512;
    int epochs = args.length > 1 ? Integer.parseInt(args[1]) : 6;
    Path file = Path.of(args.length > 2 ? args[2] : "ditask.safetensors");

    DataSource data =
        DataSources.named(
            new DataSpec("scenes", images, Math.max(BATCH, images / 4), SEED, true), IMAGE, IMAGE);
    TaskSet tasks = TaskSet.parse(data.defaultTasks());

    // The three lines that adapt a backbone; every weight is decomposed here, once.
    Backbone backbone =
        Swin.build(Swin.preset("swin-nano"), WeightSource.pretrained("swin-nano"), DataType.FLOAT);
    PeftModel peft =
        Peft.adapt(
            backbone, "ditask", Map.of("sharedCells", "16", "taskCells", "4"), tasks.routed());
    System.out.println(peft.trainableSummary());

    MultiTaskModel model =
        MultiTaskModel.withLosses(peft, tasks, DecoderChoice.byRule().decoder(backbone), Map.of());
    Trainer trainer =
        new Trainer(
            model, data, TrainConfig.of(epochs, BATCH, LEARNING_RATE, SEED), TrainListener.NONE);
    Evaluator.Evaluation result = trainer.run(Trainer.Snapshots.NONE);
    result
        .scores()
        .forEach((task, s) -> System.out.printf("%-12s %s %.4f%n", task, s.name(), s.value()));

    // Each stream merges into plain weights of its own; the streams stay.
    Safetensors.write(file, peft.state(), Map.of("method", peft.methodId()));
    PeftModel merged = peft.merge();
    System.out.printf(
        "saved %s; merged, %d trainable parameters are left%n",
        file, merged.parameters().trainable());
  }
}
