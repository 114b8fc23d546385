package io.peft4j.examples;

import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import java.nio.file.Path;
import java.util.Map;

/**
 * DiTASK on the embedded scenes: one transformation of the singular values for all tasks, one per
 * task in the last block of each stage. Arguments: training images (512), epochs (6), file of the
 * adapter (ditask.safetensors).
 */
public final class DitaskExample {
  private static final double LEARNING_RATE = 5e-3;

  private DitaskExample() {}

  /** Trains, evaluates, saves and merges. */
  public static void main(String[] args) {
    Path file = Path.of(args.length > 2 ? args[2] : "ditask.safetensors");

    ExampleRun run = ExampleRun.of(LEARNING_RATE, args);

    // Every weight is decomposed here, once.
    PeftModel peft =
        Peft.adapt(
            run.backbone(),
            "ditask",
            Map.of("sharedCells", "16", "taskCells", "4"),
            run.tasks().routed());
    System.out.println(peft.trainableSummary());

    run.train(peft);

    // Each stream merges into plain weights of its own; the streams stay.
    Safetensors.write(file, peft.state(), Map.of("method", peft.methodId()));
    PeftModel merged = peft.merge();
    System.out.printf(
        "saved %s; merged, %d trainable parameters are left%n",
        file, merged.parameters().trainable());
  }
}
