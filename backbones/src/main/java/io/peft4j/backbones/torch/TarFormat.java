package io.peft4j.backbones.torch;

import com.google.common.primitives.ImmutableLongArray;
import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import io.peft4j.backbones.safetensors.TensorType;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The format of PyTorch 0.1: a tar archive of {@code storages}, {@code tensors} and {@code pickle},
 * in which the object refers to tensors by number.
 */
final class TarFormat {
  private static final int BLOCK = 512;
  private static final int NAME_BYTES = 100;
  private static final int SIZE_AT = 124;
  private static final int SIZE_BYTES = 11;
  private static final int MAGIC_AT = 257;
  private static final String MAGIC = "ustar";

  private final Path path;
  private final FileChannel channel;
  private final Map<Long, StorageRef> storages = new HashMap<>();
  private final Map<String, Long> begins = new HashMap<>();
  private final Map<Long, TensorView> tensors = new HashMap<>();

  private TarFormat(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** Whether a file begins with these bytes in this format. */
  static boolean isOne(byte[] start) {
    return start.length >= MAGIC_AT + MAGIC.length()
        && new String(start, MAGIC_AT, MAGIC.length(), StandardCharsets.US_ASCII).equals(MAGIC);
  }

  /** Reads the object and finds the storages. */
  static Saved read(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      TarFormat format = new TarFormat(path, channel);
      Map<String, Part> parts = format.parts();
      format.readStorages(format.part(parts, "storages"));
      format.readTensors(format.part(parts, "tensors"));
      Part pickle = format.part(parts, "pickle");
      Object object =
          TensorUnpickler.load(format.input(pickle), path.toString(), format.tensors).object();
      return new Saved(object, new Offsets(path, format.begins));
    }
  }

  /** Where an entry of the archive is. */
  private record Part(long begin, long size) {}

  private Map<String, Part> parts() throws IOException {
    Map<String, Part> parts = new HashMap<>();
    long at = 0;
    while (at + BLOCK <= channel.size()) {
      byte[] header = bytes(at, BLOCK);
      if (header[0] == 0) {
        break;
      }
      long size = octal(header);
      if (size > channel.size() - at - BLOCK) {
        throw damaged("an entry of %d bytes is cut short".formatted(size));
      }
      parts.put(text(header, 0, NAME_BYTES), new Part(at + BLOCK, size));
      at += BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
    }
    return parts;
  }

  private Part part(Map<String, Part> parts, String name) {
    Part part = parts.get(name);
    if (part == null) {
      throw damaged("a tar archive without '" + name + "', so not one of torch.save");
    }
    return part;
  }

  private long octal(byte[] header) {
    String digits = text(header, SIZE_AT, SIZE_BYTES).strip();
    try {
      return Long.parseUnsignedLong(digits, 8);
    } catch (NumberFormatException e) {
      throw damaged("an entry's size is no number: " + PythonName.printable(digits));
    }
  }

  private static String text(byte[] bytes, int from, int length) {
    String text = new String(bytes, from, length, StandardCharsets.ISO_8859_1);
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }

  private void readStorages(Part part) throws IOException {
    long at = part.begin();
    Pickled count = pickled(part, at);
    at = count.next();
    for (long i = integer(count.object()); i > 0; i--) {
      Pickled entry = pickled(part, at);
      Object[] parts = tuple(entry.object(), 3);
      long elements = bytesAt(part, entry.next(), Long.BYTES).getLong();
      StorageRef storage = storage(integer(parts[0]), parts[2], elements);
      at = entry.next() + Long.BYTES;
      if (storage.wholeBytes() > part.begin() + part.size() - at) {
        throw damaged("storage '%s' is cut short".formatted(storage.key()));
      }
      begins.put(storage.key(), at);
      at += storage.wholeBytes();
    }
    if (!(pickled(part, at).object() instanceof List<?> views) || !views.isEmpty()) {
      throw damaged("it has views of storages; save it again with a current PyTorch");
    }
  }

  private StorageRef storage(long key, @Nullable Object type, long elements) {
    if (!(type instanceof PythonName name) || name.storage().isEmpty()) {
      throw damaged("a storage is of no type that is read: " + PythonName.printable("" + type));
    }
    TensorType kind = name.storage().get();
    StorageRef storage = checked(() -> StorageRef.whole(Long.toString(key), kind, elements));
    if (storages.putIfAbsent(key, storage) != null) {
      throw damaged("storage '%d' is there twice".formatted(key));
    }
    return storage;
  }

  private void readTensors(Part part) throws IOException {
    Pickled count = pickled(part, part.begin());
    long at = count.next();
    for (long i = integer(count.object()); i > 0; i--) {
      Pickled entry = pickled(part, at);
      Object[] parts = tuple(entry.object(), 3);
      StorageRef storage = storages.get(integer(parts[1]));
      if (storage == null) {
        throw damaged("a tensor's storage is missing");
      }
      // The rank has 4 bytes and 4 of padding.
      int rank = bytesAt(part, entry.next(), Long.BYTES).getInt();
      if (rank < 0 || rank > BLOCK) {
        throw damaged("a tensor has %d dimensions".formatted(rank));
      }
      at = entry.next() + Long.BYTES;
      ByteBuffer numbers = bytesAt(part, at, (2 * rank + 1) * Long.BYTES);
      ImmutableLongArray shape = numbers(numbers, rank);
      ImmutableLongArray strides = numbers(numbers, rank);
      long offset = numbers.getLong();
      tensors.put(
          integer(parts[0]),
          checked(() -> new TensorView(storage, offset, new Shape(shape), strides)));
      at += (2 * rank + 1) * (long) Long.BYTES;
    }
  }

  private static ImmutableLongArray numbers(ByteBuffer bytes, int count) {
    ImmutableLongArray.Builder result = ImmutableLongArray.builder(count);
    for (int i = 0; i < count; i++) {
      result.add(bytes.getLong());
    }
    return result.build();
  }

  /** An object and the byte of the file after its pickle. */
  private record Pickled(@Nullable Object object, long next) {}

  private Pickled pickled(Part part, long at) throws IOException {
    PickleInput input = input(new Part(at, part.begin() + part.size() - at));
    Object object = TensorUnpickler.load(input, path.toString()).object();
    return new Pickled(object, at + input.position());
  }

  private PickleInput input(Part part) throws IOException {
    channel.position(part.begin());
    return new PickleInput(
        new BufferedInputStream(Channels.newInputStream(channel), BLOCK),
        Math.min(part.size(), Saved.MAX_PICKLE),
        path.toString());
  }

  private ByteBuffer bytesAt(Part part, long at, int count) throws IOException {
    if (count > part.begin() + part.size() - at) {
      throw damaged("it is cut short at byte " + at);
    }
    return ByteBuffer.wrap(bytes(at, count)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private byte[] bytes(long at, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, at + bytes.position()) < 0) {
        throw damaged("it is cut short at byte " + at);
      }
    }
    return bytes.array();
  }

  private Object[] tuple(@Nullable Object object, int length) {
    if (object instanceof Object[] parts && parts.length == length) {
      return parts;
    }
    throw damaged("a list of %d things is missing".formatted(length));
  }

  private long integer(@Nullable Object object) {
    if (object instanceof Integer || object instanceof Long) {
      return ((Number) object).longValue();
    }
    throw damaged("a number is missing");
  }

  private <T> T checked(Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw damaged(e.getMessage());
    }
  }

  private InputException damaged(String what) {
    return new InputException(path + ": damaged: " + what);
  }
}
