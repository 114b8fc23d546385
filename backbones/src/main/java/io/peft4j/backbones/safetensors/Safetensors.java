package io.peft4j.backbones.safetensors;

import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import io.peft4j.graph.natives.NativeSetup;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Whole safetensors files in one call; for one tensor at a time see {@link SafetensorsFile}.
 *
 * <p>The format: 8 bytes with the length of the header (little-endian), a JSON header, then the
 * elements of every tensor, row-major and little-endian.
 */
public final class Safetensors {
  private Safetensors() {}

  /** Every tensor of a file by name, in the order of the data. */
  public static Map<String, INDArray> read(Path path) {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return file.readAll();
    }
  }

  /**
   * Every tensor of a stream that holds one file, such as a class path resource; the caller closes
   * the stream.
   *
   * @param source name of the stream in error messages
   */
  public static Map<String, INDArray> read(InputStream stream, String source) {
    NativeSetup.prepare();
    String name = source + ": ";
    try {
      Header header = readHeader(new DataInputStream(stream), source);
      ReadableByteChannel channel = Channels.newChannel(stream);
      Map<String, INDArray> result = new LinkedHashMap<>();
      // The header's order is that of the data, without holes: no seeking is needed.
      for (TensorInfo info : header.tensors().values()) {
        name = source + ": tensor '" + info.name() + "': ";
        result.put(
            info.name(),
            HostBytes.read(info.type(), info.shape(), (target, at) -> channel.read(target)));
      }
      if (stream.read() >= 0) {
        throw new InputException("bytes follow the last tensor: there is a hole at the end");
      }
      return result;
    } catch (EOFException e) {
      throw new InputException(name + "truncated: the data ends before its end", e);
    } catch (InputException e) {
      throw e.getMessage().startsWith(source) ? e : new InputException(name + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + source + ": " + e, e);
    }
  }

  private static Header readHeader(DataInputStream in, String source) throws IOException {
    byte[] prefix = new byte[Header.PREFIX_BYTES];
    in.readFully(prefix);
    long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
    int checked = Header.checkedLength(length, Long.MAX_VALUE, source);
    // readNBytes grows with what arrives: a false length cannot make it allocate 100 MB at once.
    byte[] json = in.readNBytes(checked);
    if (json.length < checked) {
      throw new EOFException();
    }
    return Header.parse(json, source);
  }

  /**
   * Writes a file as the reference implementation lays it out, so that equal tensors give equal
   * bytes: by descending type, then by name; metadata sorted by key.
   *
   * <p>The file appears complete or not at all: it is written under another name beside {@code
   * path} and then moved there, replacing what stood there before.
   *
   * @param tensors arrays of any layout; their types must be those of {@link TensorType}
   * @param metadata strings to keep beside them, such as provenance
   */
  public static void write(Path path, Map<String, INDArray> tensors, Map<String, String> metadata) {
    Header header = header(path + ": ", tensors, metadata);
    Path folder = path.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new InputException(path + ": the folder " + folder + " does not exist; create it");
    }
    if (Files.isDirectory(path)) {
      throw new InputException(path + ": is a folder; name a file");
    }
    Path temporary = folder.resolve(".peft4j-" + UUID.randomUUID() + ".tmp");
    try {
      writeFile(temporary, header, tensors);
      move(temporary, path);
    } catch (IOException e) {
      discard(temporary, e);
      throw new UncheckedIOException("cannot write " + path + ": " + e, e);
    } catch (RuntimeException | Error e) {
      discard(temporary, e);
      throw e;
    }
  }

  /**
   * Writes what would be the content of a file, see {@link #write(Path, Map, Map)}.
   *
   * @param to receives all bytes; the caller closes it
   */
  public static void write(
      WritableByteChannel to, Map<String, INDArray> tensors, Map<String, String> metadata)
      throws IOException {
    writeData(to, header("", tensors, metadata), tensors);
  }

  private static Header header(
      String prefix, Map<String, INDArray> tensors, Map<String, String> metadata) {
    Map<String, TensorType> types = new HashMap<>();
    Map<String, Shape> shapes = new HashMap<>();
    tensors.forEach(
        (name, array) -> {
          String where = prefix + "tensor '" + name + "': ";
          if (name.equals(Header.METADATA)) {
            throw new InputException(where + "this name is reserved; choose another");
          }
          TensorType type =
              TensorType.of(array.dataType())
                  .orElseThrow(
                      () ->
                          new InputException(
                              where
                                  + "type "
                                  + array.dataType()
                                  + " cannot be stored; cast it to one of TensorType"));
          Shape shape = Shape.of(array.shape());
          if (array.isEmpty() && shape.size() != 0) {
            throw new InputException(where + "an empty array without a shape cannot be stored");
          }
          types.put(name, type);
          shapes.put(name, shape);
        });
    return Header.layOut(types, shapes, metadata);
  }

  private static void writeData(
      WritableByteChannel channel, Header header, Map<String, INDArray> tensors)
      throws IOException {
    byte[] json = header.encode();
    ByteBuffer start =
        ByteBuffer.allocate(Header.PREFIX_BYTES + json.length).order(ByteOrder.LITTLE_ENDIAN);
    start.putLong(json.length).put(json).flip();
    while (start.hasRemaining()) {
      channel.write(start);
    }
    for (TensorInfo info : header.tensors().values()) {
      HostBytes.write(tensors.get(info.name()), info, channel);
    }
  }

  private static void writeFile(Path file, Header header, Map<String, INDArray> tensors)
      throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      writeData(channel, header, tensors);
      // Before the move: a crash must not leave the new name on unwritten blocks.
      channel.force(true);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Removes an unfinished file; if even that fails, the first error still is the one to tell. */
  private static void discard(Path file, Throwable why) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }
}
