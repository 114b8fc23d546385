package io.peft4j.examples;

import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import java.util.Map;

/**
 * TGLoRA on the embedded scenes: adapters shared by all tasks at first, by groups of tasks later,
 * by none at last. Arguments: training images (512), epochs (6).
 */
public final class TgloraExample {
  private static final double LEARNING_RATE = 2e-3;

  private TgloraExample() {}

  /** Trains, evaluates, and says what sharing saves. */
  public static void main(String[] args) {
    ExampleRun run = ExampleRun.of(LEARNING_RATE, args);

    // One group, then two, then three, then every task its own. "all,semseg+sal/..." names groups,
    // and with similarities of the tasks groups=auto finds the best tree within a budget.
    PeftModel peft = adapt(run, "1,2,3,4");
    System.out.println(peft.trainableSummary());
    long shared = adapt(run, "1,1,1,1").macs().convention();
    long apart = adapt(run, "4,4,4,4").macs().convention();
    System.out.printf(
        "MACs of the backbone: %,d; all tasks shared %,d, all apart %,d%n",
        peft.macs().convention(), shared, apart);

    run.train(peft);
  }

  private static PeftModel adapt(ExampleRun run, String groups) {
    return Peft.adapt(
        run.backbone(),
        "tglora",
        Map.of("rank", "8", "lastStageRank", "8", "groups", groups),
        run.tasks().routed());
  }
}
