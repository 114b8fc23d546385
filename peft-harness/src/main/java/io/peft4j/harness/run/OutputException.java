package io.peft4j.harness.run;

import java.io.UncheckedIOException;

/** What a run is to keep cannot be written; the message names the file. */
final class OutputException extends UncheckedIOException {
  private static final long serialVersionUID = 1L;

  OutputException(String message, UncheckedIOException cause) {
    super(message, cause.getCause());
  }
}
