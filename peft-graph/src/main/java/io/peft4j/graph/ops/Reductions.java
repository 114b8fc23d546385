package io.peft4j.graph.ops;

import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Sums, means and maxima that are right in every case.
 *
 * <p>SameDiff's own give garbage for a negative axis with kept dimensions, and fail for an axis of
 * size 1 of a matrix. Sums of a matrix along one axis are products with ones, which is also the
 * fastest way, forward and back.
 */
final class Reductions {
  private final SameDiff sd;
  private final ShapeInference shapes;
  private final Constants constants;

  /** Get-or-create of a constant. */
  @FunctionalInterface
  interface Constants {
    SDVariable get(String name, DataType type, Supplier<INDArray> value);
  }

  Reductions(SameDiff sd, ShapeInference shapes, Constants constants) {
    this.sd = sd;
    this.shapes = shapes;
    this.constants = constants;
  }

  SDVariable sum(SDVariable x, boolean keepDims, int... axes) {
    return reduce(x, keepDims, axes, false);
  }

  SDVariable mean(SDVariable x, boolean keepDims, int... axes) {
    return reduce(x, keepDims, axes, true);
  }

  /** Maximum along one axis, which is kept. */
  SDVariable max(SDVariable x, int axis) {
    long[] shape = shapes.shape(x.name());
    // The maximum of one element is the element.
    return shape[axis] == 1 ? x : x.max(true, axis);
  }

  private SDVariable reduce(SDVariable x, boolean keepDims, int[] axes, boolean mean) {
    if (axes.length == 0) {
      return mean ? x.mean(keepDims) : x.sum(keepDims);
    }
    long[] shape = shapes.shape(x.name());
    int[] positive = new int[axes.length];
    for (int i = 0; i < axes.length; i++) {
      positive[i] = Dims.axis(axes[i], shape.length);
    }
    if (shape.length == 2 && positive.length == 1) {
      int axis = positive[0];
      SDVariable kept = overMatrix(x, shape, axis, mean);
      return keepDims ? kept : kept.reshape(Dims.reduce(shape, false, marks(axis)));
    }
    return mean ? x.mean(keepDims, positive) : x.sum(keepDims, positive);
  }

  /** Neither product may have one element, as SameDiff's gradient would be wrong or fail. */
  private SDVariable overMatrix(SDVariable x, long[] shape, int axis, boolean mean) {
    if (shape[axis] == 1) {
      return x;
    }
    if (axis == 1) {
      return overColumns(x, shape[1], mean);
    }
    return shape[1] == 1 ? (mean ? x.mean() : x.sum()).reshape(1, 1) : overRows(x, mean);
  }

  private static boolean[] marks(int axis) {
    return new boolean[] {axis == 0, axis == 1};
  }

  /** {@code [rows, n] → [rows, 1]}. */
  private SDVariable overColumns(SDVariable x, long columns, boolean mean) {
    if (columns == Dims.UNKNOWN) {
      throw new IllegalArgumentException(
          "the width of '%s' is not known, so its rows cannot be summed".formatted(x.name()));
    }
    DataType type = x.dataType();
    double weight = mean ? 1.0 / columns : 1.0;
    SDVariable column =
        constants.get(
            (mean ? "const.mean." : "const.sum.") + columns,
            type,
            () -> Nd4j.valueArrayOf(new long[] {columns, 1}, weight, type));
    return sd.mmul(x, column);
  }

  /**
   * {@code [rows, n] → [1, n]} for a number of rows that only the batch tells: the ones come from
   * comparing a column with itself, which has no gradient to follow.
   */
  private SDVariable overRows(SDVariable x, boolean mean) {
    SDVariable column = sd.slice(x, new int[2], -1, 1);
    SDVariable ones = column.eq(column).castTo(x.dataType());
    SDVariable weights = ones;
    if (mean) {
      SDVariable count = sd.mmul(ones, ones, true, false, false);
      weights = ones.mul(count.rdiv(1.0));
    }
    return sd.mmul(weights, x, true, false, false);
  }
}
