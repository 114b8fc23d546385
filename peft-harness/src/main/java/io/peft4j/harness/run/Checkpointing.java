package io.peft4j.harness.run;

import io.peft4j.api.InputException;

/**
 * How a run is kept while it goes on. Not part of what it computes.
 *
 * @param every steps between checkpoints, rounded up to whole updates; there is one before each
 *     evaluation too
 * @param resume whether a run that was stopped goes on from its newest checkpoint; where there is
 *     none, it begins
 */
public record Checkpointing(long every, boolean resume) {
  /** Steps between checkpoints where nothing is said. */
  public static final int DEFAULT_EVERY = 100;

  /** A new run with checkpoints at the usual distance. */
  public static final Checkpointing DEFAULT = new Checkpointing(DEFAULT_EVERY, false);

  /** Checks the distance. */
  public Checkpointing {
    if (every < 1) {
      throw new InputException("%d steps between checkpoints must be positive".formatted(every));
    }
  }

  /** True if a checkpoint is due after {@code step} steps, {@code update} of which are new. */
  boolean isDue(long step, long update) {
    return step / every > (step - update) / every;
  }
}
