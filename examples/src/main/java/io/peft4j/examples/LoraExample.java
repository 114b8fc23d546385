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
 * LoRA on the embedded scenes, from a pre-trained backbone to a saved adapter, every step spelled
 * out. Arguments: training images (512), epochs (6), file of the adapter (lora.safetensors).
 */
public final class LoraExample {
  private static final int IMAGE = 64;
  private static final int BATCH = 16;
  private static final double LEARNING_RATE = 2e-3;
  private static final long SEED = 0;

  private LoraExample() {}

  /** Trains, evaluates, saves and merges. */
  public static void main(String[] args) {
    int images = args.length > 0 ? Integer.parseInt(args[0]) : 512;
    int epochs = args.length > 1 ? Integer.parseInt(args[1]) : 6;
    Path file = Path.of(args.length > 2 ? args[2] : "lora.safetensors");

    // Data: rooms with exact truth. Any MultiDataSetIterator serves too, see IteratorData.
    DataSource data =
        DataSources.named(
            new DataSpec("scenes", images, Math.max(BATCH, images / 4), SEED, true), IMAGE, IMAGE);
    TaskSet tasks = TaskSet.parse(data.defaultTasks());

    // The three lines that adapt a backbone.
    Backbone backbone =
        Swin.build(Swin.preset("swin-nano"), WeightSource.pretrained("swin-nano"), DataType.FLOAT);
    PeftModel peft =
        Peft.adapt(backbone, "lora", Map.of("rank", "4", "unfreeze", "norms"), tasks.routed());
    System.out.println(peft.trainableSummary());

    // Heads, losses, training.
    MultiTaskModel model =
        MultiTaskModel.withLosses(peft, tasks, DecoderChoice.byRule().decoder(backbone), Map.of());
    Trainer trainer =
        new Trainer(
            model, data, TrainConfig.of(epochs, BATCH, LEARNING_RATE, SEED), TrainListener.NONE);
    Evaluator.Evaluation result = trainer.run(Trainer.Snapshots.NONE);
    result
        .scores()
        .forEach((task, s) -> System.out.printf("%-12s %s %.4f%n", task, s.name(), s.value()));

    // The adapter and heads, and a backbone into which the adapter is folded.
    Safetensors.write(file, peft.state(), Map.of("method", peft.methodId()));
    PeftModel merged = peft.merge();
    System.out.printf(
        "saved %s; merged, %d trainable parameters are left%n",
        file, merged.parameters().trainable());
  }
}
