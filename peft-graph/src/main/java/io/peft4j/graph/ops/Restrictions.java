package io.peft4j.graph.ops;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ops.BaseReduceOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/** Uses in which SameDiff 1.0.0-M2.1 computes a wrong value or gradient, found by tests. */
final class Restrictions {
  private Restrictions() {}

  static @Nullable String none(OpCall call, boolean[] differentiated) {
    return null;
  }

  /** Arguments that come from a variable would leave shapes unknown until the graph runs. */
  static Restriction inputs(int count) {
    return (call, differentiated) ->
        call.inputs().size() == count
            ? null
            : "takes its arguments from a variable; give them as numbers";
  }

  /**
   * A value of one element and more dimensions takes the other's shape, so the number of dimensions
   * would change with the batch.
   */
  static @Nullable String elementwise(OpCall call, boolean[] differentiated) {
    long[] a = call.input(0);
    long[] b = call.input(1);
    long[] more = a.length >= b.length ? a : b;
    long[] fewer = a.length >= b.length ? b : a;
    boolean loses =
        more.length > fewer.length
            && Dims.maybeScalar(more)
            && !Dims.isScalar(more)
            && !Dims.isScalar(fewer);
    return loses
        ? "%s and %s give another number of dimensions where the batch is 1; reshape the second to [1, n]"
            .formatted(Arrays.toString(more), Arrays.toString(fewer))
        : null;
  }

  /** The gradient of a divisor (or reversed dividend) of one element is Σg·Σx instead of Σ(g·x). */
  static @Nullable String divide(OpCall call, boolean[] differentiated) {
    long[] a = call.input(0);
    long[] b = call.input(1);
    boolean wrong =
        differentiated[1] && Dims.maybeScalar(b) && !Dims.isScalar(a) && !Arrays.equals(a, b);
    return wrong
        ? "has a wrong gradient for %s, %s where the second has one element; write x.mul(y.rdiv(1.0)) for x/y"
            .formatted(Arrays.toString(a), Arrays.toString(b))
        : elementwise(call, differentiated);
  }

  /**
   * A matrix product with one element: the gradient is wrong where an operand is transposed, and
   * fails where the inner size is 1 too.
   */
  static @Nullable String matmul(OpCall call, boolean[] differentiated) {
    long[] result = ShapeRules.matmul(call).get(0);
    long[] a = call.input(0);
    long[] flags = call.integers();
    boolean transposed = flags[0] != 0 || flags[1] != 0;
    boolean single = Dims.product(a) == 1 || Dims.product(call.input(1)) == 1;
    boolean needed = differentiated[0] || differentiated[1];
    return needed && Dims.maybeScalar(result) && (transposed || single)
        ? "has a wrong gradient where the result has one element; use Ops.linear, or reshape instead of transposing"
        : null;
  }

  /**
   * Reductions: a negative axis with kept dimensions gives garbage; an axis of size 1 of a matrix
   * fails.
   */
  static @Nullable String reduce(OpCall call, boolean[] differentiated) {
    BaseReduceOp op = (BaseReduceOp) call.op();
    if (call.inputs().size() != 1) {
      return "takes its axes from a variable; give them as numbers";
    }
    int[] axes = op.getDimensions();
    boolean negative = axes != null && Arrays.stream(axes).anyMatch(axis -> axis < 0);
    if (negative && op.isKeepDims()) {
      return "gives garbage for a negative axis with kept dimensions; use Ops.sum or Ops.mean, or count the axis from 0";
    }
    long[] x = call.input(0);
    boolean[] reduced = ShapeRules.reduced(call);
    if (x.length != 2 || reduced[0] == reduced[1]) {
      return null;
    }
    int axis = reduced[0] ? 0 : 1;
    return x[axis] <= 1 && x[1 - axis] != 1
        ? "of %s over axis %d fails where that axis has size 1; use Ops.sum or Ops.mean"
            .formatted(Arrays.toString(x), axis)
        : null;
  }

  /** A point, or a single row or column, has a wrong gradient or none. */
  static @Nullable String stridedSlice(OpCall call, boolean[] differentiated) {
    if (call.inputs().size() != 1) {
      return "takes its range from a variable; use Ops.slice";
    }
    long[] x = call.input(0);
    if (differentiated[0] && x.length > 1 && Arrays.stream(x).filter(d -> d > 1).count() <= 1) {
      return "of %s has a wrong gradient where all dimensions but one are 1; use Ops.slice"
          .formatted(Arrays.toString(x));
    }
    long[] integers = call.integers();
    int n = (integers.length - 5) / 3;
    boolean forward = Arrays.stream(integers, 5 + 2 * n, integers.length).allMatch(s -> s > 0);
    return integers[1] != 0 || integers[3] != 0 || integers[4] != 0 || !forward
        ? "by a point, an ellipsis, a new axis or backwards has no right gradient; use Ops.slice, then reshape"
        : null;
  }

  /** One element in two dimensions is taken for a scalar, and stays in two. */
  static @Nullable String expandDims(OpCall call, boolean[] differentiated) {
    if (call.inputs().size() != 1) {
      return "takes its axis from a variable; use reshape";
    }
    long[] x = call.input(0);
    return x.length == 2 && Dims.maybeScalar(x)
        ? "of %s gets no third dimension where it has one element; use reshape"
            .formatted(Arrays.toString(x))
        : null;
  }

  static @Nullable String concat(OpCall call, boolean[] differentiated) {
    boolean[] flags = ((DynamicCustomOp) call.op()).bArgs();
    return flags != null && flags.length > 0 && flags[0]
        ? "takes its axis from a variable; use Ops.concat"
        : null;
  }

  static @Nullable String pad(OpCall call, boolean[] differentiated) {
    return call.integers()[0] != 0
        ? "by reflection has no gradient; use Ops.padEnd"
        : call.constants().get(1) == null
            ? "takes its widths from a variable; use Ops.padEnd"
            : null;
  }
}
