package io.peft4j.backbones.safetensors;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.Shape;
import io.peft4j.graph.natives.NativeSetup;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An open safetensors file, read tensor by tensor: memory is needed only for what is asked for.
 *
 * <p>The whole header is checked when the file is opened: every byte of data belongs to exactly one
 * tensor and every tensor lies inside the file. A wrong file, an unknown name or an unexpected type
 * or shape is an {@link InputException}; a failing disk is an {@link UncheckedIOException}. Reads
 * are positioned, so several threads may read from one instance.
 */
public final class SafetensorsFile implements Closeable {
  private static final int NAMES_SHOWN = 5;

  private final Path path;
  private final FileChannel channel;
  private final Header header;
  private final long dataStart;

  private SafetensorsFile(Path path, FileChannel channel, Header header, long dataStart) {
    this.path = path;
    this.channel = channel;
    this.header = header;
    this.dataStart = dataStart;
  }

  /** Opens a file and checks its header against its size. */
  public static SafetensorsFile open(Path path) {
    NativeSetup.prepare();
    if (Files.isDirectory(path)) {
      throw new InputException(path + ": is a folder, not a safetensors file");
    }
    FileChannel channel = null;
    boolean opened = false;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
      SafetensorsFile file = open(path, channel);
      opened = true;
      return file;
    } catch (NoSuchFileException e) {
      throw new InputException(path + ": no such file", e);
    } catch (IOException e) {
      throw unreadable(path, e);
    } finally {
      if (channel != null && !opened) {
        close(channel);
      }
    }
  }

  private static SafetensorsFile open(Path path, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < Header.PREFIX_BYTES) {
      throw new InputException(
          "%s: truncated: %d bytes are too few for a safetensors file".formatted(path, size));
    }
    ByteBuffer prefix = ByteBuffer.allocate(Header.PREFIX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(channel, prefix, 0);
    int length =
        Header.checkedLength(prefix.getLong(0), size - Header.PREFIX_BYTES, path.toString());
    byte[] json = new byte[length];
    readFully(channel, ByteBuffer.wrap(json), Header.PREFIX_BYTES);
    Header header = Header.parse(json, path.toString());
    long dataStart = Header.PREFIX_BYTES + (long) length;
    checkSize(header, size - dataStart, path);
    return new SafetensorsFile(path, channel, header, dataStart);
  }

  private static void checkSize(Header header, long available, Path path) {
    if (header.dataBytes() > available) {
      TensorInfo cut =
          header.tensors().values().stream().filter(t -> t.end() > available).findFirst().get();
      throw new InputException(
          "%s: truncated: tensor '%s' takes bytes %d to %d, but only %d bytes of data follow"
              .formatted(path, cut.name(), cut.begin(), cut.end(), available));
    }
    if (header.dataBytes() < available) {
      throw new InputException(
          "%s: %d bytes follow the last tensor: there is a hole at the end"
              .formatted(path, available - header.dataBytes()));
    }
  }

  /** The strings stored beside the tensors. */
  public ImmutableMap<String, String> metadata() {
    return header.metadata();
  }

  /** What is stored, in the order of the data. */
  public ImmutableCollection<TensorInfo> tensors() {
    return header.tensors().values();
  }

  /** Whether a tensor of this name is stored. */
  public boolean contains(String name) {
    return header.tensors().containsKey(name);
  }

  /** What the header says of one tensor. */
  public TensorInfo info(String name) {
    TensorInfo info = header.tensors().get(name);
    if (info == null) {
      String hint =
          NearestName.of(name, header.tensors().keySet())
              .map(near -> "; did you mean '" + near + "'?")
              .orElseGet(this::someNames);
      throw new InputException(path + ": no tensor '" + name + "'" + hint);
    }
    return info;
  }

  /** A tensor as a new array in row-major order, of the ND4J type that holds the same bits. */
  public INDArray read(String name) {
    TensorInfo info = info(name);
    try {
      return HostBytes.read(
          info.type(), info.shape(), (target, at) -> channel.read(target, position(info, at)));
    } catch (EOFException e) {
      throw new InputException(
          path + ": tensor '" + name + "': the file was cut short while it was open", e);
    } catch (InputException e) {
      throw new InputException(path + ": tensor '" + name + "': " + e.getMessage(), e);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /** As {@link #read(String)}, where only this shape will do. */
  public INDArray read(String name, Shape shape) {
    TensorInfo info = info(name);
    if (!info.shape().equals(shape)) {
      throw new InputException(
          "%s: tensor '%s' has shape %s, but %s is needed"
              .formatted(path, name, info.shape(), shape));
    }
    return read(name);
  }

  /** As {@link #read(String)}, where only this type and this shape will do. */
  public INDArray read(String name, DataType type, Shape shape) {
    TensorInfo info = info(name);
    if (info.type().dataType() != type) {
      throw new InputException(
          "%s: tensor '%s' has dtype %s, but %s is needed"
              .formatted(
                  path, name, info.type(), TensorType.of(type).map(Enum::name).orElse("" + type)));
    }
    return read(name, shape);
  }

  /** Every tensor by name, in the order of the data. */
  public Map<String, INDArray> readAll() {
    Map<String, INDArray> result = new LinkedHashMap<>();
    for (TensorInfo info : tensors()) {
      result.put(info.name(), read(info.name()));
    }
    return result;
  }

  @Override
  public void close() {
    close(channel);
  }

  private long position(TensorInfo info, long at) {
    return dataStart + info.begin() + at;
  }

  private String someNames() {
    return header.tensors().isEmpty()
        ? "; it holds none"
        : header.tensors().keySet().stream()
            .limit(NAMES_SHOWN)
            .collect(
                Collectors.joining(
                    ", ", "; it holds " + header.tensors().size() + ", such as ", ""));
  }

  private static void readFully(FileChannel channel, ByteBuffer target, long position)
      throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int n = channel.read(target, at);
      if (n < 0) {
        throw new EOFException("the file was cut short while it was read");
      }
      at += n;
    }
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close a file: " + e.getMessage(), e);
    }
  }

  private static UncheckedIOException unreadable(Path path, IOException e) {
    return new UncheckedIOException("cannot read " + path + ": " + e, e);
  }
}
