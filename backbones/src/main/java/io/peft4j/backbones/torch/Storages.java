package io.peft4j.backbones.torch;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;

/** Where the elements of a file's storages are. */
interface Storages {
  /**
   * Checks that the file has room for a storage.
   *
   * @throws io.peft4j.api.InputException if it is missing, truncated or compressed
   */
  void check(StorageRef storage) throws IOException;

  /** The bytes of a checked storage, from the {@code first} on; the caller closes the channel. */
  ReadableByteChannel open(StorageRef storage, long first) throws IOException;
}
