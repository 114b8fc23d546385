package io.peft4j.api;

/**
 * A wrong input: the message names the thing, its value and the fix, in one line.
 *
 * <p>It is thrown before anything is computed or written. The command turns it into exit code 2.
 */
public final class InputException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** An error with a message that a user can act on. */
  public InputException(String message) {
    super(message);
  }

  /** As {@link #InputException(String)}, keeping the error it was found by. */
  public InputException(String message, Throwable cause) {
    super(message, cause);
  }
}
