package io.peft4j.api;

import com.google.common.primitives.ImmutableLongArray;

/**
 * The shape of a tensor; an empty one is a scalar.
 *
 * @param dims sizes from the slowest to the fastest dimension, none negative
 */
public record Shape(ImmutableLongArray dims) {
  /** Checks that no dimension is negative. */
  public Shape {
    if (dims.stream().anyMatch(d -> d < 0)) {
      throw new IllegalArgumentException("a shape has a negative dimension: " + dims);
    }
  }

  /** The shape with these dimensions. */
  public static Shape of(long... dims) {
    return new Shape(ImmutableLongArray.copyOf(dims));
  }

  /** Number of dimensions. */
  public int rank() {
    return dims.length();
  }

  /** Size of dimension {@code axis}; negative axes count from the end. */
  public long dim(int axis) {
    return dims.get(axis < 0 ? axis + rank() : axis);
  }

  /** Number of elements; 1 for a scalar. */
  public long size() {
    return dims.stream().reduce(1L, Math::multiplyExact);
  }

  /** A copy of the dimensions, as ND4J takes them. */
  public long[] toArray() {
    return dims.toArray();
  }

  @Override
  public String toString() {
    return dims.toString();
  }
}
