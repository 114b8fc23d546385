package io.peft4j.backbones.weights;

import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Param;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Tables of positions brought to another size, as the original Swin code and timm do when they load
 * a checkpoint: resized bicubically.
 *
 * <p>There are two kinds: relative-position biases {@code [(2w-1)², heads]} of a window {@code w},
 * and embeddings {@code [1, rows + height·width, channels]} of a {@link PositionGrid}. What a
 * checkpoint holds must be square.
 */
final class PositionTable {
  private PositionTable() {}

  /** Whether an array of this shape can be resized to what is wanted. */
  static boolean fits(Shape found, WeightSpec.Tensor wanted) {
    Shape shape = wanted.param().shape();
    if (wanted.param().kind() != Param.Kind.POSITION_BIAS || found.rank() != shape.rank()) {
      return false;
    }
    Optional<PositionGrid> grid = wanted.grid();
    if (grid.isPresent()) {
      return found.rank() == 3
          && found.dim(0) == 1
          && found.dim(2) == shape.dim(2)
          && isSquare(found.dim(1) - grid.get().extra());
    }
    return found.rank() == 2
        && found.dim(1) == shape.dim(1)
        && isOddSquare(found.dim(0))
        && isOddSquare(shape.dim(0));
  }

  /**
   * Whether a table that fits is of another window than the architecture's. In later stages a
   * smaller one need not be: where the checkpoint's images had a grid smaller than the window, the
   * grid was the window.
   */
  static boolean isOfAnotherWindow(Shape found, WeightSpec.Tensor wanted) {
    long own = wanted.ownRows();
    boolean first = wanted.param().place().stage() == 0;
    return own > 0 && (found.dim(0) > own || (first && found.dim(0) < own));
  }

  /** The window of a table of relative positions. */
  static int window(long rows) {
    return (side(rows) + 1) / 2;
  }

  private static boolean isSquare(long rows) {
    return rows > 0 && (long) side(rows) * side(rows) == rows;
  }

  private static boolean isOddSquare(long rows) {
    return isSquare(rows) && side(rows) % 2 == 1;
  }

  private static int side(long rows) {
    return (int) Math.round(Math.sqrt(rows));
  }

  /** An array that {@link #fits}, in the wanted size and of its own type. */
  static INDArray resized(INDArray table, WeightSpec.Tensor wanted) {
    Optional<PositionGrid> grid = wanted.grid();
    if (grid.isEmpty()) {
      int from = side(table.size(0));
      int to = side(wanted.param().shape().dim(0));
      return Bicubic.resized(table, from, from, to, to);
    }
    PositionGrid to = grid.get();
    long rows = table.size(1);
    INDArray all = table.reshape('c', rows, table.size(2));
    int from = side(rows - to.extra());
    INDArray own = all.get(NDArrayIndex.interval(to.extra(), rows), NDArrayIndex.all()).dup('c');
    INDArray resized = Bicubic.resized(own, from, from, to.height(), to.width());
    if (to.extra() > 0) {
      INDArray extra = all.get(NDArrayIndex.interval(0, to.extra()), NDArrayIndex.all());
      resized = Nd4j.concat(0, extra.dup('c'), resized);
    }
    return resized.reshape('c', wanted.param().shape().toArray());
  }
}
