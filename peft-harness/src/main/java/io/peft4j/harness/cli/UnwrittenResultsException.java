package io.peft4j.harness.cli;

/** Results could not be written to standard output; its disk is full, for instance. */
final class UnwrittenResultsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnwrittenResultsException(String reason) {
    super("results could not be written to standard output: " + reason);
  }
}
