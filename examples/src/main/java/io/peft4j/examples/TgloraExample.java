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

/**
 * TGLoRA on the embedded scenes: adapters shared by all tasks at first, by groups of tasks later,
 * by none at last. Arguments: training images (512), epochs (6).
 */
public final class TgloraExample {
  private static final int IMAGE = 64;
  private static final int BATCH = 16;
  private static final double LEARNING_RATE = 2e-3;
  private static final long SEED = 0;

  private TgloraExample() {}

  /** Trains, evaluates, and says what sharing saves. */
  public static void main(String[] args) {
    int images = args.length > 0 ? Integer.parseInt(args[0]) : 512;
    int epochs = args.length > 1 ? Integer.parseInt(args[1]) : 6;
    DataSource data =
        DataSources.named(
            new DataSpec("scenes", images, Math.max(BATCH, images / 4), SEED, true), IMAGE, IMAGE);
    TaskSet tasks = TaskSet.parse(data.defaultTasks());
    Backbone backbone =
        Swin.build(Swin.preset("swin-nano"), WeightSource.pretrained("swin-nano"), DataType.FLOAT);

    // One group, then two, then three, then every task its own. "all,semseg+sal/..." names groups,
    // and with similarities of the tasks groups=auto finds the best tree within a budget.
    PeftModel peft =
        Peft.adapt(
            backbone,
            "tglora",
            Map.of("rank", "8", "lastStageRank", "8", "groups", "1,2,3,4"),
            tasks.routed());
    System.out.println(peft.trainableSummary());
    long shared = macs(backbone, tasks, "1,1,1,1");
    long apart = macs(backbone, tasks, "4,4,4,4");
    System.out.printf(
        "MACs of the backbone: %,d; all tasks shared %,d, all apart %,d%n",
        peft.macs().convention(), shared, apart);

    MultiTaskModel model =
        MultiTaskModel.withLosses(peft, tasks, DecoderChoice.byRule().decoder(backbone), Map.of());
    Trainer trainer =
        new Trainer(
            model, data, TrainConfig.of(epochs, BATCH, LEARNING_RATE, SEED), TrainListener.NONE);
    trainer
        .run(Trainer.Snapshots.NONE)
        .scores()
        .forEach((task, s) -> System.out.printf("%-12s %s %.4f%n", task, s.name(), s.value()));
  }

  private static long macs(Backbone backbone, TaskSet tasks, String groups) {
    return Peft.adapt(
            backbone,
            "tglora",
            Map.of("rank", "8", "lastStageRank", "8", "groups", groups),
            tasks.routed())
        .macs()
        .convention();
  }
}
