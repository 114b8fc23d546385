package io.peft4j.harness.cli;

import io.peft4j.harness.run.Checkpointing;
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

  /**
   * What was chosen.
   *
   * @throws io.peft4j.api.InputException if the distance is not positive
   */
  public Checkpointing choice() {
    return new Checkpointing(every, resume);
  }
}
