package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.harness.run.Checkpointing;
import io.peft4j.harness.run.RunStart;
import picocli.CommandLine.Option;

/** How a run is kept while it goes on. */
public final class CheckpointOptions {
  @Option(
      names = "--checkpoint-every",
      paramLabel = "N",
      defaultValue = "" + Checkpointing.DEFAULT_EVERY,
      description =
          "steps between checkpoints, of which the two newest and that of the best evaluation are"
              + " kept until the run has its result (default: ${DEFAULT-VALUE})")
  private long every;

  @Option(
      names = "--resume",
      description =
          "go on where a run with the same settings was stopped, to the same result, to the bit; it"
              + " begins where there is no checkpoint")
  private boolean resume;

  @Option(
      names = "--restart",
      description =
          "train anew in the folder: what it holds of a run before is removed, once the settings of"
              + " the new one have been found in order")
  private boolean restart;

  /**
   * What was chosen.
   *
   * @throws InputException if the distance is not positive, or options exclude each other
   */
  public Checkpointing choice() {
    if (resume && restart) {
      throw new InputException("--resume and --restart exclude each other; give one");
    }
    return new Checkpointing(
        every, resume ? RunStart.RESUME : restart ? RunStart.RESTART : RunStart.NEW);
  }
}
