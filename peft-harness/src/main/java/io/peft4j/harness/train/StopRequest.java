package io.peft4j.harness.train;

import java.util.Optional;

/**
 * Whether a training is to stop before its end. It is asked before each step and before each batch
 * of an evaluation, so that what is in progress is finished; any thread may make the request.
 *
 * <p>Who asks (a signal, a button, a clock) is the program's affair: nothing here listens to
 * signals.
 *
 * <p>Safe for use by several threads.
 */
@FunctionalInterface
public interface StopRequest {
  /** Nobody asks. */
  StopRequest NONE = Optional::empty;

  /** Who or what asks, such as {@code SIGTERM}; empty while nobody does. */
  Optional<String> reason();

  /**
   * Goes on, if nobody asks for an end.
   *
   * @throws TrainingStoppedException otherwise
   */
  default void check() {
    reason()
        .ifPresent(
            reason -> {
              throw new TrainingStoppedException("stopped by " + reason);
            });
  }
}
