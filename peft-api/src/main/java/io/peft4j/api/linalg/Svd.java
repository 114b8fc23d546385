package io.peft4j.api.linalg;

import java.util.Arrays;

/**
 * The largest singular triplets of a matrix, {@code M ≈ Σ values[k] · left[k] right[k]ᵀ}.
 *
 * <p>Plain Java in double precision, and so the same to the bit on every machine: a saved adapter
 * fits factors that are computed again elsewhere. (LAPACK under ND4J 1.0.0-M2.1 is neither portable
 * nor reliable: on CPUs with AVX-512 its {@code gesvd} and {@code syev} give wrong vectors from
 * about 256 columns on.)
 *
 * <p>Triplets come from the eigenvectors of the smaller Gram matrix. That squares the condition
 * number: values below 1e-7 of the largest are treated as zero, with a zero vector on the longer
 * side.
 *
 * @param values singular values, descending
 * @param left rows are left singular vectors
 * @param right rows are right singular vectors; of each the entry of largest magnitude is positive
 */
public record Svd(double[] values, double[][] left, double[][] right) {
  private static final double RELATIVE_ZERO = 1e-7;

  /** The {@code count} largest triplets of {@code matrix}, given by rows. */
  public static Svd of(double[][] matrix, int count) {
    int rows = matrix.length;
    int columns = matrix[0].length;
    if (count < 1 || count > Math.min(rows, columns)) {
      throw new IllegalArgumentException(
          "%d singular triplets of a %d x %d matrix".formatted(count, rows, columns));
    }
    boolean wide = rows < columns;
    // longer side first, so that the Gram matrix is the small one
    double[][] tall = wide ? transposed(matrix) : matrix;
    SymmetricEigen eigen = SymmetricEigen.largest(gram(tall), count);
    double[] values = new double[count];
    double[][] shorter = eigen.vectors();
    double[][] longer = new double[count][];
    for (int k = 0; k < count; k++) {
      makeLargestPositive(shorter[k]);
      longer[k] = product(tall, shorter[k]);
      values[k] = Math.sqrt(Arrays.stream(longer[k]).map(v -> v * v).sum());
      boolean zero = values[k] <= RELATIVE_ZERO * values[0];
      double inverse = zero ? 0 : 1 / values[k];
      values[k] = zero ? 0 : values[k];
      for (int i = 0; i < longer[k].length; i++) {
        longer[k][i] *= inverse;
      }
    }
    return wide ? new Svd(values, shorter, longer) : new Svd(values, longer, shorter);
  }

  private static double[][] transposed(double[][] m) {
    double[][] t = new double[m[0].length][m.length];
    for (int i = 0; i < m.length; i++) {
      for (int j = 0; j < m[i].length; j++) {
        t[j][i] = m[i][j];
      }
    }
    return t;
  }

  /** {@code MᵀM}, summed row by row, which the compiler vectorises. */
  private static double[][] gram(double[][] m) {
    int n = m[0].length;
    double[][] g = new double[n][n];
    for (double[] row : m) {
      for (int i = 0; i < n; i++) {
        double factor = row[i];
        double[] out = g[i];
        for (int j = 0; j < n; j++) {
          out[j] += factor * row[j];
        }
      }
    }
    return g;
  }

  private static double[] product(double[][] m, double[] v) {
    double[] y = new double[m.length];
    for (int i = 0; i < m.length; i++) {
      double sum = 0;
      for (int j = 0; j < v.length; j++) {
        sum += m[i][j] * v[j];
      }
      y[i] = sum;
    }
    return y;
  }

  /** The sign of a singular pair is free; fixing it keeps results comparable. */
  private static void makeLargestPositive(double[] v) {
    int largest = 0;
    for (int i = 1; i < v.length; i++) {
      if (Math.abs(v[i]) > Math.abs(v[largest])) {
        largest = i;
      }
    }
    if (v[largest] < 0) {
      for (int i = 0; i < v.length; i++) {
        v[i] = -v[i];
      }
    }
  }
}
