package io.peft4j.testkit;

import org.opentest4j.AssertionFailedError;

/** Failures that say what was seen and what a plugin author can do about it. */
final class Failure {
  private Failure() {}

  /** Fails unless {@code holds}. */
  static void unless(boolean holds, String seen, String remedy) {
    if (!holds) {
      throw of(seen, remedy);
    }
  }

  /** A failure. */
  static AssertionFailedError of(String seen, String remedy) {
    return new AssertionFailedError(message(seen, remedy));
  }

  /** A failure that was met as an exception. */
  static AssertionFailedError of(String seen, String remedy, Throwable cause) {
    return new AssertionFailedError(message(seen, remedy), cause);
  }

  private static String message(String seen, String remedy) {
    return seen + "\n  What to do: " + remedy;
  }
}
