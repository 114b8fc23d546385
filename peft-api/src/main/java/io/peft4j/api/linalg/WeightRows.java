package io.peft4j.api.linalg;

import io.peft4j.api.InputException;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Weights as they are decomposed.
 *
 * <p>Safe for use by several threads.
 */
public final class WeightRows {
  private WeightRows() {}

  /**
   * Rows of a weight in double precision, all finite.
   *
   * @param name of the weight, for messages
   * @param weight {@code [rows, columns]}
   * @param from first row
   * @param to row after the last
   * @throws InputException naming the weight and its first entry that is not finite
   */
  public static double[][] of(String name, INDArray weight, int from, int to) {
    double[][] rows =
        weight
            .get(NDArrayIndex.interval(from, to), NDArrayIndex.all())
            .castTo(DataType.DOUBLE)
            .toDoubleMatrix();
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows[i].length; j++) {
        if (!Double.isFinite(rows[i][j])) {
          throw new InputException(
              "weight %s holds %s at [%d, %d] and has no singular values; load an intact checkpoint"
                  .formatted(name, rows[i][j], from + i, j));
        }
      }
    }
    return rows;
  }
}
