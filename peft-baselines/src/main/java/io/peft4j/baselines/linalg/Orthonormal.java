package io.peft4j.baselines.linalg;

import java.util.random.RandomGenerator;

/** Matrices with orthonormal rows. */
public final class Orthonormal {
  private Orthonormal() {}

  /**
   * Uniformly distributed orthonormal rows: those of a normal matrix, orthonormalised.
   *
   * @param count how many, at most {@code width}
   */
  public static double[][] random(RandomGenerator random, int count, int width) {
    double[][] rows = new double[count][width];
    for (double[] row : rows) {
      for (int j = 0; j < width; j++) {
        row[j] = random.nextGaussian();
      }
    }
    orthonormalise(rows);
    return rows;
  }

  /**
   * Replaces rows by the orthonormal ones that span the same spaces, the first alone, the first
   * two, and so on: the Q of a QR decomposition of the transpose with positive diagonal, which is a
   * retraction to the Stiefel manifold (Absil et al. 2008, example 4.1.3). Gram-Schmidt, twice,
   * after which rows are orthogonal to rounding (Giraud et al. 2005).
   *
   * @throws ArithmeticException if a row depends on those before it
   */
  public static void orthonormalise(double[][] rows) {
    for (int i = 0; i < rows.length; i++) {
      double before = norm(rows[i]);
      for (int pass = 0; pass < 2; pass++) {
        for (int k = 0; k < i; k++) {
          subtract(rows[i], dot(rows[i], rows[k]), rows[k]);
        }
      }
      double length = norm(rows[i]);
      // written so that NaN fails
      if (!(length > 1e-10 * before)) {
        throw new ArithmeticException(
            "row %d of %d depends on the rows before it".formatted(i, rows.length));
      }
      for (int j = 0; j < rows[i].length; j++) {
        rows[i][j] /= length;
      }
    }
  }

  private static void subtract(double[] from, double factor, double[] row) {
    for (int j = 0; j < from.length; j++) {
      from[j] -= factor * row[j];
    }
  }

  private static double norm(double[] row) {
    return Math.sqrt(dot(row, row));
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += a[j] * b[j];
    }
    return sum;
  }
}
