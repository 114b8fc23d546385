package io.peft4j.harness.cli;

/** Results could not be written to standard output: its disk is full, or its reader has gone. */
final class ClosedOutputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ClosedOutputException() {
    super("results could not be written to standard output (full disk or closed pipe)");
  }
}
