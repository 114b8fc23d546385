package io.peft4j.backbones.weights;

import io.peft4j.api.Shape;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Relative-position-bias tables {@code [(2w-1)², heads]} brought to another window {@code w}, as
 * the original Swin code and timm do when they load a checkpoint: each head's square is resized
 * bicubically (PyTorch's {@code interpolate}, {@code align_corners=false}, kernel with a = -0.75).
 */
final class BiasTable {
  private static final double A = -0.75;

  private BiasTable() {}

  /** True if the array is a table of as many heads as the wanted one, both of square windows. */
  static boolean fits(INDArray table, Shape wanted) {
    return table.rank() == 2
        && wanted.rank() == 2
        && table.size(1) == wanted.dim(1)
        && isOddSquare(table.size(0))
        && isOddSquare(wanted.dim(0));
  }

  private static boolean isOddSquare(long rows) {
    long side = side(rows);
    return side * side == rows && side % 2 == 1;
  }

  private static int side(long rows) {
    return (int) Math.round(Math.sqrt(rows));
  }

  /** The table for another window; the result has the table's type. */
  static INDArray resized(INDArray table, Shape wanted) {
    int from = side(table.size(0));
    int to = side(wanted.dim(0));
    long heads = table.size(1);
    INDArray weights = Nd4j.createFromArray(weights(from, to));
    INDArray square = table.castTo(DataType.DOUBLE).dup('c').reshape('c', from, from * heads);
    INDArray rows = weights.mmul(square).reshape('c', to, from, heads);
    INDArray turned = rows.permute(1, 0, 2).dup('c').reshape('c', from, to * heads);
    INDArray both = weights.mmul(turned).reshape('c', to, to, heads).permute(1, 0, 2).dup('c');
    return both.reshape('c', (long) to * to, heads).castTo(table.dataType());
  }

  /** Row o holds the share of each old place in the new place o. */
  private static double[][] weights(int from, int to) {
    double[][] weights = new double[to][from];
    double scale = (double) from / to;
    for (int o = 0; o < to; o++) {
      double source = (o + 0.5) * scale - 0.5;
      int first = (int) Math.floor(source) - 1;
      for (int i = first; i < first + 4; i++) {
        // Places beyond the border repeat it.
        weights[o][Math.max(0, Math.min(from - 1, i))] += kernel(Math.abs(source - i));
      }
    }
    return weights;
  }

  private static double kernel(double x) {
    return x <= 1 ? ((A + 2) * x - (A + 3)) * x * x + 1 : ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
  }
}
