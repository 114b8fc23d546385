package io.peft4j.backbones.torch;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.peft4j.api.InputException;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.checkpoint.Listed;
import io.peft4j.backbones.safetensors.HostBytes;
import io.peft4j.graph.natives.NativeSetup;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.zip.ZipException;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Weights in a file that {@code torch.save} wrote ({@code .pth}, {@code .pt}, {@code .bin}), in the
 * zip format or in one of the two that came before it: a stream of pickles, and a tar archive.
 *
 * <p>The pickle inside is read by an unpickler that builds tensors and plain containers and runs
 * nothing: objects of other classes beside the weights (optimizers, configurations, dates, sets)
 * are passed over. Tensors may share storages and need not be contiguous. A wrong file is an {@link
 * InputException}, found before any element is read; a failing disk is an {@link
 * UncheckedIOException}.
 */
public final class TorchFile implements Checkpoint {
  private static final int START_BYTES = 9;

  private final Path path;
  private final Storages storages;
  private final ImmutableMap<String, TensorView> tensors;
  private final ImmutableMap<String, Entry> entries;
  private final ImmutableList<String> remarks;

  private TorchFile(Path path, Storages storages, StateDict weights) {
    this.path = path;
    this.storages = storages;
    this.tensors = ImmutableMap.copyOf(weights.tensors());
    this.entries =
        ImmutableMap.copyOf(Maps.transformValues(tensors, t -> new Entry(t.type(), t.shape())));
    this.remarks = remarks(weights);
  }

  private static ImmutableList<String> remarks(StateDict weights) {
    ImmutableList.Builder<String> remarks = ImmutableList.builder();
    if (!weights.path().isEmpty()) {
      remarks.add("weights taken from under '%s'".formatted(weights.path()));
    }
    if (!weights.beside().isEmpty()) {
      remarks.add("not read, since no weights: " + Listed.some(weights.beside()));
    }
    return remarks.build();
  }

  /** Whether a file that begins with these bytes is for this class. */
  public static boolean isOne(byte[] start) {
    // A safetensors file begins with a length, which can look like anything, and a brace.
    return start.length >= START_BYTES
        && start[START_BYTES - 1] != '{'
        && (isZip(start) || TarFormat.isOne(start) || StreamFormat.isOne(start));
  }

  private static boolean isZip(byte[] start) {
    return start[0] == 'P' && start[1] == 'K' && start[2] == 3 && start[3] == 4;
  }

  private static Saved read(Path path, byte[] start) throws IOException {
    if (isZip(start)) {
      return ZipFormat.read(path);
    }
    return TarFormat.isOne(start) ? TarFormat.read(path) : StreamFormat.read(path);
  }

  /**
   * Reads what a file holds, but for the tensors' elements.
   *
   * @param start first bytes of the file
   * @throws InputException if it is damaged, or holds no weights or one of a kind that is not read
   */
  public static TorchFile open(Path path, byte[] start) {
    NativeSetup.prepare();
    try {
      Saved saved = read(path, start);
      StateDict weights = StateDict.in(saved.object(), path.toString());
      Set<StorageRef> used = new LinkedHashSet<>();
      weights.tensors().values().forEach(t -> used.add(t.storage()));
      saved.storages().check(used);
      return new TorchFile(path, saved.storages(), weights);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  @Override
  public String origin() {
    return path.toString();
  }

  @Override
  public ImmutableMap<String, Entry> entries() {
    return entries;
  }

  @Override
  public ImmutableList<Path> files() {
    return ImmutableList.of(path);
  }

  @Override
  public ImmutableList<String> remarks() {
    return remarks;
  }

  @Override
  public INDArray read(String name) {
    TensorView tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(path + ": no tensor '" + name + "'");
    }
    try (ReadableByteChannel channel = storages.open(tensor.storage(), tensor.firstByte())) {
      HostBytes.Source source =
          tensor.isRowMajor() ? (target, at) -> channel.read(target) : gathered(tensor, channel);
      return HostBytes.read(tensor.type(), tensor.shape(), source);
    } catch (EOFException e) {
      throw new InputException(
          "%s: tensor '%s': the file is truncated".formatted(path, PythonName.printable(name)), e);
    } catch (InputException e) {
      throw new InputException(
          "%s: tensor '%s': %s".formatted(path, PythonName.printable(name), e.getMessage()), e);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /** The elements of a tensor that is not row-major, in row-major order. */
  private static HostBytes.Source gathered(TensorView tensor, ReadableByteChannel channel)
      throws IOException {
    int width = tensor.type().bytes();
    long bytes = tensor.span() * width;
    if (bytes > Integer.MAX_VALUE - 8) {
      throw new InputException("spans %d bytes without being contiguous".formatted(bytes));
    }
    ByteBuffer span = ByteBuffer.allocate((int) bytes);
    while (span.hasRemaining()) {
      if (channel.read(span) < 0) {
        throw new EOFException();
      }
    }
    Odometer place = new Odometer(tensor);
    return (target, at) -> {
      int before = target.position();
      while (target.remaining() >= width) {
        target.put(span.array(), (int) place.next() * width, width);
      }
      return target.position() - before;
    };
  }

  /** A wrong archive is the file's fault, anything else the disk's. */
  private static RuntimeException unreadable(Path path, IOException e) {
    return e instanceof ZipException || e instanceof EOFException
        ? new InputException(path + ": truncated or damaged: " + e.getMessage(), e)
        : new UncheckedIOException("cannot read " + path + ": " + e, e);
  }
}
