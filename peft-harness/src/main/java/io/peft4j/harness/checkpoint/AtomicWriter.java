package io.peft4j.harness.checkpoint;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** Writes files that appear complete, and safe from a crash, or not at all. */
@FunctionalInterface
public interface AtomicWriter {
  /**
   * Writes a file, replacing what had its name.
   *
   * @throws java.io.UncheckedIOException naming the file if it cannot be written; what had its name
   *     is as it was
   */
  void write(String name, Content content);

  /** What is to be in a file. */
  @FunctionalInterface
  interface Content {
    /** Writes all of it. */
    void writeTo(WritableByteChannel channel) throws IOException;
  }
}
