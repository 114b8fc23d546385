package io.peft4j.harness.train;

/** Training cannot go on; the message names the tensor and what to change. */
public final class TrainingException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /** With a message for users. */
  public TrainingException(String message) {
    super(message);
  }

  /** With a message for users, and what it is about. */
  public TrainingException(String message, Throwable cause) {
    super(message, cause);
  }
}
