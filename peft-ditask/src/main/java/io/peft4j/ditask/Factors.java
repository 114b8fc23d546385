package io.peft4j.ditask;

import io.peft4j.api.InputException;
import io.peft4j.api.linalg.Svd;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The frozen decomposition of one part of a weight, {@code U diag(values) Vᵀ} with n = min(out, in)
 * singular values and full orthonormal factors.
 *
 * @param left U {@code [out, n]}
 * @param values singular values, descending
 * @param right Vᵀ {@code [n, in]}
 */
record Factors(INDArray left, double[] values, INDArray right) {
  /** Below this share of the largest value the longer side's vectors are not orthogonal enough. */
  private static final double UNSAFE = 1e-4;

  /** Decomposes a part in double precision; the factors have the given type. */
  static Factors of(double[][] part, DataType type) {
    int n = Math.min(part.length, part[0].length);
    Svd svd = Svd.of(part, n);
    boolean wide = part.length < part[0].length;
    complete(wide ? svd.right() : svd.left(), svd.values());
    INDArray left = Nd4j.createFromArray(svd.left()).transpose().castTo(type).dup('c');
    return new Factors(left, svd.values(), Nd4j.createFromArray(svd.right()).castTo(type));
  }

  /**
   * The rows of a weight, cut into equal parts.
   *
   * @throws InputException if an entry is not finite
   */
  static List<double[][]> parts(String name, INDArray weight, int out, int in, int count) {
    double[][] rows = weight.castTo(DataType.DOUBLE).reshape('c', out, in).toDoubleMatrix();
    for (int i = 0; i < out; i++) {
      for (int j = 0; j < in; j++) {
        if (!Double.isFinite(rows[i][j])) {
          throw new InputException(
              "weight %s holds %s at [%d, %d] and has no singular values; load an intact checkpoint"
                  .formatted(name, rows[i][j], i, j));
        }
      }
    }
    List<double[][]> parts = new ArrayList<>();
    for (int part = 0; part < count; part++) {
      parts.add(Arrays.copyOfRange(rows, part * (out / count), (part + 1) * (out / count)));
    }
    return parts;
  }

  /**
   * Makes the rows orthonormal where a small singular value left them inexact or zero. A zero value
   * may be moved too, so its vectors matter.
   */
  private static void complete(double[][] rows, double[] values) {
    int candidate = 0;
    for (int k = 0; k < rows.length; k++) {
      if (values[k] > UNSAFE * values[0]) {
        continue;
      }
      double left = values[k] > 0 ? orthogonalise(rows, k) : 0;
      double enough = 0.5;
      while (left < enough) {
        if (candidate == rows[k].length) {
          // some unit vector has at least 1/√length outside the span of fewer rows
          candidate = 0;
          enough /= 2;
        }
        Arrays.fill(rows[k], 0);
        rows[k][candidate++] = 1;
        left = orthogonalise(rows, k);
      }
    }
  }

  /** Removes what row k has of the rows before it; gives the share that was left, and norms it. */
  private static double orthogonalise(double[][] rows, int k) {
    double[] row = rows[k];
    double before = norm(row);
    double left = before;
    // twice is enough (Kahan)
    for (int pass = 0; pass < 2; pass++) {
      for (int i = 0; i < k; i++) {
        double dot = 0;
        for (int j = 0; j < row.length; j++) {
          dot += rows[i][j] * row[j];
        }
        for (int j = 0; j < row.length; j++) {
          row[j] -= dot * rows[i][j];
        }
      }
      left = pass == 0 ? norm(row) : left;
    }
    double norm = norm(row);
    if (norm > 0) {
      for (int j = 0; j < row.length; j++) {
        row[j] /= norm;
      }
    }
    return left / before;
  }

  private static double norm(double[] row) {
    double sum = 0;
    for (double value : row) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }
}
