package io.peft4j.examples;

import io.peft4j.api.accounting.ParameterReport;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import java.nio.file.Path;
import java.util.Map;

/**
 * MTLoRA on the embedded scenes: one pass of the backbone for all tasks, and in the last block of
 * each stage low-rank pairs of each task. Arguments: training images (512), epochs (6), file of the
 * adapter (mtlora.safetensors).
 */
public final class MtloraExample {
  private static final double LEARNING_RATE = 2e-3;

  private MtloraExample() {}

  /** Trains, evaluates and saves, and says what each task trains. */
  public static void main(String[] args) {
    Path file = Path.of(args.length > 2 ? args[2] : "mtlora.safetensors");

    ExampleRun run = ExampleRun.of(LEARNING_RATE, args);

    // mergingLora=true makes it MTLoRA+; form=paper gives an adapter that can be merged.
    PeftModel peft =
        Peft.adapt(
            run.backbone(),
            "mtlora",
            Map.of("sharedRank", "8", "taskRank", "4"),
            run.tasks().routed());
    ParameterReport numbers = peft.parameters();
    System.out.println(peft.trainableSummary());
    System.out.println("on the way to a task: " + numbers.perTask());
    System.out.println("counted by the paper, reached by no gradient: " + numbers.dead());

    run.train(peft);

    Safetensors.write(file, peft.state(), Map.of("method", peft.methodId()));
    System.out.println("saved " + file);
  }
}
