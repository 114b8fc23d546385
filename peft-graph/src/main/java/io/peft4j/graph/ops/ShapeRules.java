package io.peft4j.graph.ops;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.BaseReduceOp;

/** The shape rules of the catalogue, one method per family of operations. */
final class ShapeRules {
  private ShapeRules() {}

  /** The first input's shape. */
  static List<long[]> same(OpCall call) {
    return List.of(call.input(0));
  }

  static List<long[]> broadcast(OpCall call) {
    return List.of(Dims.broadcast(call.input(0), call.input(1)));
  }

  /** Integer arguments: transpose a, transpose b, transpose the result. */
  static List<long[]> matmul(OpCall call) {
    long[] a = call.input(0);
    long[] b = call.input(1);
    if (a.length != b.length || a.length < 2) {
      throw new IllegalArgumentException(
          "matmul of "
              + Arrays.toString(a)
              + " and "
              + Arrays.toString(b)
              + ": both need the same number of dimensions, at least 2");
    }
    Product p = product(call);
    if (p.innerA != p.innerB && p.innerA != Dims.UNKNOWN && p.innerB != Dims.UNKNOWN) {
      throw new IllegalArgumentException(
          "matmul of %s and %s: inner sizes %d and %d differ"
              .formatted(Arrays.toString(a), Arrays.toString(b), p.innerA, p.innerB));
    }
    boolean transposed = flag(call.integers(), 2);
    long[] result = a.clone();
    result[a.length - 2] = transposed ? p.columns : p.rows;
    result[a.length - 1] = transposed ? p.rows : p.columns;
    return List.of(result);
  }

  /** Multiply-accumulates {@code batch·m·n·k}; unknown if a size is. */
  static long macs(OpCall call) {
    Product p = product(call);
    long[] a = call.input(0);
    long inner = p.innerA == Dims.UNKNOWN ? p.innerB : p.innerA;
    return Dims.product(new long[] {Dims.product(a, 0, a.length - 2), p.rows, p.columns, inner});
  }

  private record Product(long rows, long innerA, long innerB, long columns) {}

  private static Product product(OpCall call) {
    long[] a = call.input(0);
    long[] b = call.input(1);
    int m = a.length - 2;
    int n = b.length - 2;
    int tA = flag(call.integers(), 0) ? 1 : 0;
    int tB = flag(call.integers(), 1) ? 1 : 0;
    return new Product(a[m + tA], a[m + 1 - tA], b[n + tB], b[n + 1 - tB]);
  }

  private static boolean flag(long[] integers, int i) {
    return integers.length > i && integers[i] != 0;
  }

  /** Integer arguments: the order as a negative letter (-99 is 'c'), then the sizes. */
  static List<long[]> reshape(OpCall call) {
    long[] integers = call.integers();
    int first = integers.length > 0 && integers[0] <= -99 ? 1 : 0;
    long[] result = Arrays.copyOfRange(integers, first, integers.length);
    long total = Dims.product(call.input(0));
    int free = -1;
    long known = 1;
    for (int i = 0; i < result.length; i++) {
      if (result[i] == -1) {
        free = i;
      } else {
        known *= result[i];
      }
    }
    boolean fits = total == Dims.UNKNOWN || (free < 0 ? total == known : total % known == 0);
    if (!fits) {
      throw new IllegalArgumentException(
          "reshape of %s to %s".formatted(Arrays.toString(call.input(0)), Arrays.toString(result)));
    }
    if (free >= 0 && total != Dims.UNKNOWN) {
      result[free] = total / known;
    }
    return List.of(result);
  }

  /** Integer arguments: the order of the axes; without them all are reversed. */
  static List<long[]> permute(OpCall call) {
    long[] x = call.input(0);
    long[] order = call.integers();
    long[] result = new long[x.length];
    for (int i = 0; i < x.length; i++) {
      result[i] = x[order.length == 0 ? x.length - 1 - i : Dims.axis(order[i], x.length)];
    }
    return List.of(result);
  }

  /**
   * Integer arguments: masks (begin, ellipsis, end, new axis, shrink), then begin, end and stride
   * of the first axes. Ellipsis and new axis are refused by the catalogue.
   */
  static List<long[]> stridedSlice(OpCall call) {
    long[] x = call.input(0);
    long[] integers = call.integers();
    int n = (integers.length - 5) / 3;
    long[] result = x.clone();
    boolean[] shrunk = new boolean[x.length];
    for (int i = 0; i < n; i++) {
      long bit = 1L << i;
      boolean fromStart = (integers[0] & bit) != 0;
      boolean toEnd = (integers[2] & bit) != 0;
      shrunk[i] = (integers[4] & bit) != 0;
      result[i] =
          range(
              x[i],
              fromStart ? 0 : integers[5 + i],
              toEnd ? Long.MAX_VALUE : integers[5 + n + i],
              integers[5 + 2 * n + i]);
    }
    return List.of(Dims.reduce(result, false, shrunk));
  }

  private static long range(long size, long begin, long end, long stride) {
    if (size == Dims.UNKNOWN && (begin < 0 || end < 0 || end == Long.MAX_VALUE)) {
      return Dims.UNKNOWN;
    }
    long from = begin < 0 ? begin + size : begin;
    long to = end < 0 ? end + size : end;
    to = size == Dims.UNKNOWN ? to : Math.min(to, size);
    if (stride < 1 || from >= to) {
      throw new IllegalArgumentException(
          "slice [%d, %d) by %d of size %d is empty or runs backwards"
              .formatted(begin, end, stride, size));
    }
    return (to - from + stride - 1) / stride;
  }

  /** Integer arguments: begin of each axis, then size of each axis, -1 for the rest. */
  static List<long[]> slice(OpCall call) {
    long[] x = call.input(0);
    long[] integers = call.integers();
    long[] result = new long[x.length];
    for (int i = 0; i < x.length; i++) {
      long size = integers[x.length + i];
      boolean rest = size == -1;
      result[i] = !rest ? size : x[i] == Dims.UNKNOWN ? Dims.UNKNOWN : x[i] - integers[i];
    }
    return List.of(result);
  }

  static List<long[]> concat(OpCall call) {
    long[] first = call.input(0);
    int axis = Dims.axis(call.integers()[0], first.length);
    long size = 0;
    for (long[] part : call.inputs()) {
      size = size == Dims.UNKNOWN || part[axis] == Dims.UNKNOWN ? Dims.UNKNOWN : size + part[axis];
    }
    return List.of(Dims.with(first, axis, size));
  }

  static List<long[]> stack(OpCall call) {
    long[] first = call.input(0);
    int axis = Dims.axis(call.integers()[0], first.length + 1);
    return List.of(Dims.insert(first, axis, call.inputs().size()));
  }

  static List<long[]> unstack(OpCall call) {
    long[] x = call.input(0);
    boolean[] gone = new boolean[x.length];
    gone[Dims.axis(call.integers()[0], x.length)] = true;
    return Collections.nCopies(call.outputs(), Dims.reduce(x, false, gone));
  }

  /** Integer arguments: number of parts, axis. */
  static List<long[]> split(OpCall call) {
    long[] x = call.input(0);
    long parts = call.integers()[0];
    int axis = Dims.axis(call.integers()[1], x.length);
    long size = x[axis] == Dims.UNKNOWN ? Dims.UNKNOWN : x[axis] / parts;
    return Collections.nCopies(call.outputs(), Dims.with(x, axis, size));
  }

  static List<long[]> expandDims(OpCall call) {
    long[] x = call.input(0);
    return List.of(Dims.insert(x, Dims.axis(call.integers()[0], x.length + 1), 1));
  }

  static List<long[]> squeeze(OpCall call) {
    long[] x = call.input(0);
    boolean[] gone = new boolean[x.length];
    for (long axis : call.integers()) {
      gone[Dims.axis(axis, x.length)] = true;
    }
    return List.of(Dims.reduce(x, false, gone));
  }

  static List<long[]> tile(OpCall call) {
    long[] result = call.input(0).clone();
    for (int i = 0; i < result.length; i++) {
      result[i] = result[i] == Dims.UNKNOWN ? Dims.UNKNOWN : result[i] * call.integers()[i];
    }
    return List.of(result);
  }

  /** The second input is the constant {@code [rank, 2]} of zeros before and after. */
  static List<long[]> pad(OpCall call) {
    @Nullable INDArray widths = call.constants().get(1);
    if (widths == null) {
      throw new IllegalArgumentException("pad: the widths must be a constant");
    }
    long[] result = call.input(0).clone();
    for (int i = 0; i < result.length; i++) {
      long added = widths.getLong(i, 0) + widths.getLong(i, 1);
      result[i] = result[i] == Dims.UNKNOWN ? Dims.UNKNOWN : result[i] + added;
    }
    return List.of(result);
  }

  static List<long[]> reduce(OpCall call) {
    long[] x = call.input(0);
    boolean[] reduced = reduced(call);
    return List.of(Dims.reduce(x, ((BaseReduceOp) call.op()).isKeepDims(), reduced));
  }

  /** Which axes a reduction takes; no axes, or ND4J's marker for all, mean every one. */
  static boolean[] reduced(OpCall call) {
    long[] x = call.input(0);
    boolean[] reduced = new boolean[x.length];
    int[] axes = call.op().getDimensions();
    if (axes == null || axes.length == 0 || axes[0] == Integer.MAX_VALUE) {
      Arrays.fill(reduced, true);
      return reduced;
    }
    for (int axis : axes) {
      reduced[Dims.axis(axis, x.length)] = true;
    }
    return reduced;
  }
}
