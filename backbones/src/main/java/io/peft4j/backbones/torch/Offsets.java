package io.peft4j.backbones.torch;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Map;

/**
 * Storages that lie in a file as they are.
 *
 * @param path the file
 * @param begins first byte of each, by key
 */
record Offsets(Path path, Map<String, Long> begins) implements Storages {
  Offsets {
    begins = ImmutableMap.copyOf(begins);
  }

  @Override
  public void check(Collection<StorageRef> storages) {
    for (StorageRef storage : storages) {
      if (!begins.containsKey(storage.key())) {
        throw new InputException(
            "%s: damaged: storage '%s' is missing"
                .formatted(path, PythonName.printable(storage.key())));
      }
    }
  }

  @Override
  public ReadableByteChannel open(StorageRef storage, long first) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    return channel.position(begins.get(storage.key()) + first);
  }
}
