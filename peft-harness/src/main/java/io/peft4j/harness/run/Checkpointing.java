package io.peft4j.harness.run;

import io.peft4j.api.InputException;
import java.util.Objects;

/**
 * How a run is kept while it goes on, and how it starts. Not part of what it computes.
 *
 * @param every steps between checkpoints, rounded up to whole updates; there is one before each
 *     evaluation too
 * @param start what it makes of what its folder holds
 */
public record Checkpointing(long every, RunStart start) {
  /** Steps between checkpoints where nothing is said. */
  public static final int DEFAULT_EVERY = 100;

  /** A new run with checkpoints at the usual distance. */
  public static final Checkpointing DEFAULT = new Checkpointing(DEFAULT_EVERY, RunStart.NEW);

  /** Checks the distance. */
  public Checkpointing {
    Objects.requireNonNull(start);
    if (every < 1) {
      throw new InputException("%d steps between checkpoints must be positive".formatted(every));
    }
  }

  /** True if a checkpoint is due after {@code step} steps, {@code update} of which are new. */
  boolean isDue(long step, long update) {
    return step / every > (step - update) / every;
  }
}
