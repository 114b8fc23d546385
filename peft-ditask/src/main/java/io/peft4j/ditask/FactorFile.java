package io.peft4j.ditask;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * {@link Factors} as bytes, little endian: {@code "peft4j-f"}, format, type, out, n, in (int each),
 * the key that they answer, values as double, U and Vᵀ row by row in their type, and the CRC-32C of
 * all before.
 */
final class FactorFile {
  private static final byte[] MAGIC = "peft4j-f".getBytes(StandardCharsets.US_ASCII);
  private static final int FORMAT = 1;
  private static final int SIZES = 5 * Integer.BYTES;
  private static final int CHECK = Integer.BYTES;

  private FactorFile() {}

  /** Whether factors of this size fit into one file, and are of a type that files hold. */
  static boolean holds(int out, int in, DataType type) {
    long n = Math.min(out, in);
    boolean isKnown = type == DataType.FLOAT || type == DataType.DOUBLE;
    return isKnown && n * (out + (long) in + 1) * Double.BYTES < Integer.MAX_VALUE / 2;
  }

  static byte[] encode(byte[] key, Factors factors) {
    INDArray left = factors.left();
    INDArray right = factors.right();
    DataType type = left.dataType();
    int n = factors.values().length;
    int width = width(type);
    int length =
        MAGIC.length
            + SIZES
            + key.length
            + n * Double.BYTES
            + Math.toIntExact((left.length() + right.length()) * width)
            + CHECK;
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(MAGIC).putInt(FORMAT).putInt(width);
    bytes.putInt((int) left.size(0)).putInt(n).putInt((int) right.size(1)).put(key);
    bytes.asDoubleBuffer().put(factors.values());
    bytes.position(bytes.position() + n * Double.BYTES);
    put(bytes, left);
    put(bytes, right);
    bytes.putInt(check(bytes.array(), bytes.position()));
    return bytes.array();
  }

  /** The factors, or nothing if these bytes are not whole, or are the answer to another key. */
  static Optional<Factors> decode(byte[] key, int out, int in, DataType type, byte[] content) {
    int n = Math.min(out, in);
    int width = width(type);
    long length =
        MAGIC.length
            + SIZES
            + key.length
            + (long) n * Double.BYTES
            + (long) n * (out + in) * width
            + CHECK;
    if (content.length != length) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer expected =
        ByteBuffer.allocate(MAGIC.length + SIZES + key.length).order(ByteOrder.LITTLE_ENDIAN);
    expected.put(MAGIC).putInt(FORMAT).putInt(width).putInt(out).putInt(n).putInt(in).put(key);
    expected.flip();
    if (!bytes.slice(0, expected.limit()).equals(expected)
        || bytes.getInt(content.length - CHECK) != check(content, content.length - CHECK)) {
      return Optional.empty();
    }
    bytes.position(expected.limit());
    double[] values = new double[n];
    bytes.asDoubleBuffer().get(values);
    bytes.position(bytes.position() + n * Double.BYTES);
    INDArray left = get(bytes, type, out, n);
    return Optional.of(new Factors(left, values, get(bytes, type, n, in)));
  }

  private static int width(DataType type) {
    return type == DataType.DOUBLE ? Double.BYTES : Float.BYTES;
  }

  private static int check(byte[] content, int length) {
    CRC32C crc = new CRC32C();
    crc.update(content, 0, length);
    return (int) crc.getValue();
  }

  private static void put(ByteBuffer bytes, INDArray array) {
    INDArray rows = array.dup('c');
    int length = Math.toIntExact(array.length());
    if (array.dataType() == DataType.DOUBLE) {
      bytes.asDoubleBuffer().put(rows.data().asDouble(), 0, length);
    } else {
      bytes.asFloatBuffer().put(rows.data().asFloat(), 0, length);
    }
    bytes.position(bytes.position() + length * width(array.dataType()));
  }

  private static INDArray get(ByteBuffer bytes, DataType type, int rows, int columns) {
    int length = rows * columns;
    INDArray array;
    if (type == DataType.DOUBLE) {
      double[] numbers = new double[length];
      bytes.asDoubleBuffer().get(numbers);
      array = Nd4j.createFromArray(numbers);
    } else {
      float[] numbers = new float[length];
      bytes.asFloatBuffer().get(numbers);
      array = Nd4j.createFromArray(numbers);
    }
    bytes.position(bytes.position() + length * width(type));
    return array.reshape('c', rows, columns);
  }
}
