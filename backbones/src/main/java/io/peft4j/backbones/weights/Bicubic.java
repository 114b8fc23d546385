package io.peft4j.backbones.weights;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Bicubic resizing as PyTorch's {@code interpolate} does it ({@code align_corners=false}, kernel
 * with a = -0.75, borders repeated).
 */
final class Bicubic {
  private static final double A = -0.75;

  private Bicubic() {}

  /**
   * A grid in another size.
   *
   * @param rows places from left to right and top to bottom, {@code [height·width, channels]}
   * @param height rows of the grid
   * @param width columns of the grid
   * @param newHeight rows wanted
   * @param newWidth columns wanted
   * @return {@code [newHeight·newWidth, channels]}, of the type of {@code rows}
   */
  static INDArray resized(INDArray rows, int height, int width, int newHeight, int newWidth) {
    long channels = rows.size(1);
    INDArray grid = rows.castTo(DataType.DOUBLE).dup('c').reshape('c', height, width * channels);
    INDArray high =
        Nd4j.createFromArray(weights(height, newHeight))
            .mmul(grid)
            .reshape('c', newHeight, width, channels);
    INDArray turned = high.permute(1, 0, 2).dup('c').reshape('c', width, newHeight * channels);
    INDArray both =
        Nd4j.createFromArray(weights(width, newWidth))
            .mmul(turned)
            .reshape('c', newWidth, newHeight, channels)
            .permute(1, 0, 2)
            .dup('c');
    return both.reshape('c', (long) newHeight * newWidth, channels).castTo(rows.dataType());
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
