package io.peft4j.graph.ops;

import java.util.Arrays;

/** Arithmetic on shapes in which {@link #UNKNOWN} stands for a size that is not known yet. */
final class Dims {
  /** A size that depends on the batch. */
  static final long UNKNOWN = -1;

  private Dims() {}

  /** Product of all sizes; unknown if one is. */
  static long product(long[] shape) {
    return product(shape, 0, shape.length);
  }

  /** Product of the sizes in {@code [from, to)}; unknown if one is. */
  static long product(long[] shape, int from, int to) {
    long product = 1;
    for (int i = from; i < to; i++) {
      if (shape[i] == UNKNOWN) {
        return UNKNOWN;
      }
      product = Math.multiplyExact(product, shape[i]);
    }
    return product;
  }

  /** The axis counted from 0. */
  static int axis(long axis, int rank) {
    long positive = axis < 0 ? axis + rank : axis;
    if (positive < 0 || positive >= rank) {
      throw new IllegalArgumentException("axis " + axis + " of a value with " + rank + " axes");
    }
    return (int) positive;
  }

  /** True for what libnd4j treats as a scalar: one element and at most two dimensions. */
  static boolean isScalar(long[] shape) {
    return shape.length <= 2 && Arrays.stream(shape).allMatch(d -> d == 1);
  }

  /** True if some batch size makes it a scalar. */
  static boolean maybeScalar(long[] shape) {
    return shape.length <= 2 && Arrays.stream(shape).allMatch(d -> d == 1 || d == UNKNOWN);
  }

  /**
   * Shape of an elementwise result, by libnd4j's rules: a scalar takes the other's shape even where
   * it has more dimensions ({@code [6]∘[1, 1]} is {@code [6]}, not {@code [1, 6]}).
   */
  static long[] broadcast(long[] a, long[] b) {
    if (isScalar(a) && isScalar(b)) {
      return a.length >= b.length ? a : b;
    }
    if (isScalar(b) || Arrays.equals(a, b)) {
      return a;
    }
    if (isScalar(a)) {
      return b;
    }
    int rank = Math.max(a.length, b.length);
    long[] result = new long[rank];
    for (int i = 1; i <= rank; i++) {
      long x = i <= a.length ? a[a.length - i] : 1;
      long y = i <= b.length ? b[b.length - i] : 1;
      if (x > 1 && y > 1 && x != y) {
        throw new IllegalArgumentException(
            Arrays.toString(a) + " and " + Arrays.toString(b) + " do not broadcast");
      }
      // A known size above 1 decides; 1 yields to what the other has, known or not.
      result[rank - i] = x > 1 ? x : y > 1 ? y : x == 1 ? y : x;
    }
    return result;
  }

  /** The shape without some axes, or with 1 in their places. */
  static long[] reduce(long[] shape, boolean keepDims, boolean[] reduced) {
    if (keepDims) {
      long[] kept = shape.clone();
      for (int i = 0; i < kept.length; i++) {
        kept[i] = reduced[i] ? 1 : kept[i];
      }
      return kept;
    }
    long[] rest = new long[shape.length];
    int n = 0;
    for (int i = 0; i < shape.length; i++) {
      if (!reduced[i]) {
        rest[n++] = shape[i];
      }
    }
    return Arrays.copyOf(rest, n);
  }

  static long[] insert(long[] shape, int at, long size) {
    long[] result = new long[shape.length + 1];
    System.arraycopy(shape, 0, result, 0, at);
    result[at] = size;
    System.arraycopy(shape, at, result, at + 1, shape.length - at);
    return result;
  }

  static long[] with(long[] shape, int at, long size) {
    long[] result = shape.clone();
    result[at] = size;
    return result;
  }
}
