package io.peft4j.harness.train;

/** A training was stopped by a {@link StopRequest}; nothing is wrong with it. */
public final class TrainingStoppedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With a message for users: by whom, and what is kept. */
  public TrainingStoppedException(String message) {
    super(message);
  }

  /** With more to say about an earlier one. */
  public TrainingStoppedException(String message, TrainingStoppedException cause) {
    super(message, cause);
  }
}
