package io.peft4j.backbones.torch;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.Collection;

/** Where the elements of a file's storages are. */
interface Storages {
  /**
   * Checks that the file has room for storages.
   *
   * @throws io.peft4j.api.InputException if one is missing, truncated or compressed
   */
  void check(Collection<StorageRef> storages) throws IOException;

  /** The bytes of a checked storage, from the {@code first} on; the caller closes the channel. */
  ReadableByteChannel open(StorageRef storage, long first) throws IOException;
}
