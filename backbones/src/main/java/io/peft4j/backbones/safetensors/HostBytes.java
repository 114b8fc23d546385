package io.peft4j.backbones.safetensors;

import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import java.io.EOFException;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import org.bytedeco.javacpp.BytePointer;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The host memory of arrays as bytes, moved in windows: no second copy, no limit at 2 GB. Files of
 * any format that keep elements little-endian and row-major are read through it.
 */
public final class HostBytes {
  private static final int WINDOW = 1 << 26;

  private HostBytes() {}

  /** Where bytes come from: fills some or all of what remains, from byte {@code offset}. */
  @FunctionalInterface
  public interface Source {
    /** Number of bytes read, or -1 at the end. */
    int read(ByteBuffer target, long offset) throws IOException;
  }

  /**
   * A new array, filled from {@code source} from its first byte to its last, in order.
   *
   * @param type type of the elements
   * @param shape shape of the array
   * @throws EOFException if the source ends early
   * @throws InputException if a byte of a boolean is neither 0 nor 1
   */
  public static INDArray read(TensorType type, Shape shape, Source source) throws IOException {
    requireLittleEndian();
    long bytes = type.bytes(shape);
    if (bytes == 0) {
      return Nd4j.create(type.dataType(), shape.toArray());
    }
    INDArray array = Nd4j.createUninitialized(type.dataType(), shape.toArray());
    BytePointer memory = memory(array);
    for (long at = 0; at < bytes; at += WINDOW) {
      ByteBuffer window = window(memory, at, bytes);
      while (window.hasRemaining()) {
        if (source.read(window, at + window.position()) < 0) {
          throw new EOFException();
        }
      }
      if (type == TensorType.BOOL) {
        checkBooleans(window.flip());
      }
    }
    Nd4j.getAffinityManager().tagLocation(array, Location.HOST);
    return array;
  }

  /** Writes the elements of {@code array} in row-major order, whatever its own order is. */
  static void write(INDArray array, TensorInfo info, WritableByteChannel channel)
      throws IOException {
    requireLittleEndian();
    if (info.bytes() == 0) {
      return;
    }
    INDArray rows = isPlain(array) ? array : array.dup('c');
    Nd4j.getAffinityManager().ensureLocation(rows, Location.HOST);
    BytePointer memory = memory(rows);
    try {
      for (long at = 0; at < info.bytes(); at += WINDOW) {
        ByteBuffer window = window(memory, at, info.bytes());
        while (window.hasRemaining()) {
          channel.write(window);
        }
      }
    } finally {
      // The pointer does not keep the array's memory; a collected copy would free it meanwhile.
      Reference.reachabilityFence(rows);
    }
  }

  /** A view that owns nothing, so it is not closed: that could free the array's memory. */
  private static BytePointer memory(INDArray array) {
    return new BytePointer(array.data().addressPointer());
  }

  private static boolean isPlain(INDArray array) {
    return array.ordering() == 'c'
        && array.offset() == 0
        && array.data().length() == array.length()
        && org.nd4j.linalg.api.shape.Shape.hasDefaultStridesForShape(array);
  }

  private static ByteBuffer window(BytePointer memory, long at, long bytes) {
    return memory.position(at).limit(Math.min(bytes, at + WINDOW)).asByteBuffer();
  }

  /** Kernels count booleans by adding bytes; any other byte would corrupt results silently. */
  private static void checkBooleans(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      byte value = bytes.get();
      if (value != 0 && value != 1) {
        throw new InputException("byte " + (value & 0xff) + " is no boolean (0 or 1)");
      }
    }
  }

  private static void requireLittleEndian() {
    // The format is little-endian and memory is copied as it stands.
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new UnsupportedOperationException("safetensors need a little-endian machine");
    }
  }
}
