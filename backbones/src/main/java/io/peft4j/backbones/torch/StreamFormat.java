package io.peft4j.backbones.torch;

import com.google.common.io.ByteStreams;
import io.peft4j.api.InputException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.razorvine.pickle.Opcodes;

/**
 * The format of PyTorch before 1.6 ({@code _use_new_zipfile_serialization=False}): pickles of a
 * magic number, a version, the machine's properties, the object and the keys of its storages; then
 * for each key the number of elements, in 8 bytes, and the elements.
 */
final class StreamFormat {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final int VERSION = 1001;
  private static final int COUNT_BYTES = 8;

  private StreamFormat() {}

  /** Whether a file begins with these bytes in this format: protocol, then a number or a frame. */
  static boolean isOne(byte[] start) {
    int first = start[2] & 0xff;
    return (start[0] & 0xff) == Opcodes.PROTO && (first == Opcodes.LONG1 || first == Opcodes.FRAME);
  }

  /** Reads the object and finds the storages. */
  static Saved read(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      PickleInput input =
          new PickleInput(
              new BufferedInputStream(Channels.newInputStream(channel)),
              Math.min(size, Saved.MAX_PICKLE),
              path.toString());
      if (!MAGIC.equals(load(input, path).object())) {
        throw new InputException(
            path + ": is a pickle, but not one of torch.save; save weights with it");
      }
      Object version = load(input, path).object();
      if (!Integer.valueOf(VERSION).equals(version)) {
        throw new InputException(
            "%s: version %s of torch.save's format, but only %d is known; save it again with a current PyTorch"
                .formatted(path, PythonName.printable(String.valueOf(scalar(version))), VERSION));
      }
      if (load(input, path).object() instanceof Map<?, ?> machine
          && Boolean.FALSE.equals(machine.get("little_endian"))) {
        throw new InputException(
            path + ": was written on a big-endian machine; save it again on a little-endian one");
      }
      TensorUnpickler.Loaded loaded = load(input, path);
      Object keys = load(input, path).object();
      return new Saved(
          loaded.object(),
          new Offsets(path, offsets(channel, input.position(), keys, loaded.storages(), path)));
    }
  }

  private static TensorUnpickler.Loaded load(PickleInput input, Path path) throws IOException {
    return TensorUnpickler.load(input, path.toString());
  }

  /** Containers are not printed: one may hold itself. */
  private static Object scalar(Object value) {
    return value instanceof Number || value instanceof String ? value : "?";
  }

  /** Where each storage's elements begin. */
  private static Map<String, Long> offsets(
      FileChannel channel, long start, Object keys, Map<String, StorageRef> known, Path path)
      throws IOException {
    if (!(keys instanceof List<?> list)) {
      throw new InputException(path + ": damaged: no list of storages follows its pickle");
    }
    Map<String, Long> offsets = new HashMap<>();
    long at = start;
    for (Object key : list) {
      StorageRef storage = key instanceof String ? known.get(key) : null;
      if (storage == null) {
        throw new InputException(
            path
                + ": damaged, or with tensors of a type that is not read: it lists a storage that no"
                + " tensor here uses; save it again with a current PyTorch");
      }
      long elements = count(channel, at, path);
      long begin = at + COUNT_BYTES;
      if (elements != storage.whole() || storage.wholeBytes() > channel.size() - begin) {
        throw new InputException(
            "%s: truncated or damaged: storage '%s' has %d elements (%d bytes) by its pickle, %d by its data, and %d bytes follow"
                .formatted(
                    path,
                    PythonName.printable(storage.key()),
                    storage.whole(),
                    storage.wholeBytes(),
                    elements,
                    channel.size() - begin));
      }
      offsets.put(storage.key(), begin);
      at = begin + storage.wholeBytes();
    }
    return offsets;
  }

  private static long count(FileChannel channel, long at, Path path) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(COUNT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    channel.position(at);
    try {
      ByteStreams.readFully(Channels.newInputStream(channel), bytes.array());
    } catch (EOFException e) {
      throw new InputException(
          path + ": truncated: the elements of its tensors are missing from byte " + at, e);
    }
    return bytes.getLong(0);
  }
}
