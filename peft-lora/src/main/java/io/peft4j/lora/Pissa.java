package io.peft4j.lora;

import io.peft4j.api.linalg.Svd;
import io.peft4j.api.linalg.WeightRows;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Start values of PiSSA (Meng et al., NeurIPS 2024, eq. 2-4): of {@code W = U S Vᵀ} the r largest
 * triplets, {@code A = √(S_r/s) V_rᵀ}, {@code B = U_r √(S_r/s)}, so that {@code s·B A} is the
 * principal part of W.
 *
 * @param a {@code [pairs·r, in]}
 * @param b {@code [pairs·out/parts, r]}
 */
record Pissa(INDArray a, INDArray b) {
  /**
   * Decomposes {@code weight [out, in]} part by part; in double precision, given in its type.
   *
   * @throws io.peft4j.api.InputException naming the weight if an entry is not finite
   */
  static Pissa of(String name, INDArray weight, int rank, double scale, Parts parts) {
    int width = parts.width(weight.rows());
    double[][] a = new double[parts.pairs() * rank][];
    double[][] b = new double[parts.pairs() * width][rank];
    for (int pair = 0; pair < parts.pairs(); pair++) {
      int from = parts.adapted().get(pair) * width;
      Svd svd = Svd.of(WeightRows.of(name, weight, from, from + width), rank);
      for (int k = 0; k < rank; k++) {
        double root = Math.sqrt(svd.values()[k] / scale);
        a[pair * rank + k] = scaled(svd.right()[k], root);
        double[] left = svd.left()[k];
        for (int i = 0; i < width; i++) {
          b[pair * width + i][k] = left[i] * root;
        }
      }
    }
    DataType type = weight.dataType();
    return new Pissa(Nd4j.createFromArray(a).castTo(type), Nd4j.createFromArray(b).castTo(type));
  }

  private static double[] scaled(double[] vector, double factor) {
    return Arrays.stream(vector).map(v -> v * factor).toArray();
  }
}
