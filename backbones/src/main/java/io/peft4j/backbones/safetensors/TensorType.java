package io.peft4j.backbones.safetensors;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.Shape;
import java.util.Arrays;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * An element type of a safetensors file; the constants' names are the ones that stand in headers.
 *
 * <p>The order is that of the reference implementation, which lays tensors out from its last type
 * to its first so that every tensor starts at a multiple of its element size.
 */
public enum TensorType {
  /** One byte, 0 or 1. */
  BOOL(DataType.BOOL, 1),
  /** Unsigned byte. */
  U8(DataType.UINT8, 1),
  /** Signed byte. */
  I8(DataType.INT8, 1),
  /** Signed 16-bit integer. */
  I16(DataType.INT16, 2),
  /** IEEE half precision. */
  F16(DataType.FLOAT16, 2),
  /** The upper half of a single. */
  BF16(DataType.BFLOAT16, 2),
  /** Signed 32-bit integer. */
  I32(DataType.INT32, 4),
  /** IEEE single precision. */
  F32(DataType.FLOAT, 4),
  /** IEEE double precision. */
  F64(DataType.DOUBLE, 8),
  /** Signed 64-bit integer. */
  I64(DataType.INT64, 8);

  private static final ImmutableList<String> NAMES =
      Arrays.stream(values()).map(Enum::name).collect(ImmutableList.toImmutableList());

  private final DataType dataType;
  private final int bytes;

  TensorType(DataType dataType, int bytes) {
    this.dataType = dataType;
    this.bytes = bytes;
  }

  /** The ND4J type that holds the same bits. */
  public DataType dataType() {
    return dataType;
  }

  /** Bytes per element. */
  public int bytes() {
    return bytes;
  }

  /**
   * Bytes of a tensor of this type.
   *
   * @throws IllegalArgumentException if they are 2^63 or more
   */
  public long bytes(Shape shape) {
    try {
      return Math.multiplyExact(shape.size(), (long) bytes);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("shape " + shape + " has more than 2^63 bytes", e);
    }
  }

  /** The type that ND4J's {@code type} is stored as, if there is one. */
  public static Optional<TensorType> of(DataType type) {
    return Arrays.stream(values()).filter(t -> t.dataType == type).findFirst();
  }

  /** The type called {@code name} in a header; {@code where} begins the message if none is. */
  static TensorType named(String name, String where) {
    if (!NAMES.contains(name)) {
      throw new InputException(
          where
              + "unknown dtype '"
              + name
              + "'"
              + NearestName.of(name, NAMES).map(n -> "; did you mean " + n + "?").orElse("")
              + "; supported: "
              + String.join(", ", NAMES)
              + "; convert the tensor to one of them, such as by .float() in Python");
    }
    return valueOf(name);
  }
}
