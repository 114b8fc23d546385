package io.peft4j.api.linalg;

import java.util.Arrays;

/**
 * The largest singular triplets of a matrix, {@code M ≈ Σ values[k] · left[k] right[k]ᵀ}.
 *
 * <p>Plain Java in double precision, every sum in a fixed order, and so the same to the bit on
 * every machine and for every number of threads: a saved adapter fits factors that are computed
 * again elsewhere. (LAPACK under ND4J 1.0.0-M2.1 is neither portable nor reliable: on CPUs with
 * AVX-512 its {@code gesvd} and {@code syev} give wrong vectors from about 256 columns on.) One
 * matrix is decomposed by the calling thread; matrices may be decomposed side by side.
 *
 * <p>Values are exact to about 1e-14 of the largest, vectors orthonormal to about 1e-12 on both
 * sides, whatever the rank. Values up to {@code 2⁻⁵² · max(rows, columns)} of the largest cannot be
 * told from zero and are zero; their vectors complete the others. Vectors of equal values are some
 * basis of their space.
 *
 * @param values singular values, descending
 * @param left rows are left singular vectors
 * @param right rows are right singular vectors; the entry of largest magnitude of each vector of
 *     the shorter side (of a square matrix: the right one) is positive
 */
public record Svd(double[] values, double[][] left, double[][] right) {
  /**
   * Of the algorithm: it grows with every change of results, be it of a last bit, so that stored
   * factors are those that would be computed.
   */
  public static final int VERSION = 2;

  /**
   * The {@code count} largest triplets of {@code matrix}, given by rows, all of one length.
   *
   * @throws IllegalArgumentException if there are not so many, or an entry is not finite
   */
  public static Svd of(double[][] matrix, int count) {
    int rows = matrix.length;
    int columns = matrix[0].length;
    int n = Math.min(rows, columns);
    if (count < 1 || count > n) {
      throw new IllegalArgumentException(
          "%d singular triplets of a %d x %d matrix".formatted(count, rows, columns));
    }
    int exponent = exponent(matrix);
    boolean isWide = rows < columns;
    double[][] wide = isWide ? copy(matrix) : Products.transposed(matrix);
    scale(wide, Math.scalb(1.0, -exponent));
    double unit = Math.ulp(1.0) * Math.max(rows, columns);
    GramSvd svd = GramSvd.of(wide, count, unit);
    double zero = unit * svd.values()[0];
    double[] values = new double[count];
    int rank = 0;
    for (; rank < count && svd.values()[rank] > zero; rank++) {
      values[rank] = Math.scalb(svd.values()[rank], exponent);
    }
    double[][] shorter = Arrays.copyOf(svd.shorter(), count);
    double[][] longer = Arrays.copyOf(svd.longer(), count);
    Completion.complete(longer, rank);
    for (int k = 0; k < count; k++) {
      fixSign(shorter[k], longer[k]);
    }
    return isWide ? new Svd(values, shorter, longer) : new Svd(values, longer, shorter);
  }

  /** Of the largest magnitude; squares of scaled entries neither overflow nor vanish. */
  private static int exponent(double[][] matrix) {
    double largest = 0;
    for (double[] row : matrix) {
      for (double value : row) {
        if (!Double.isFinite(value)) {
          throw new IllegalArgumentException("singular values of a matrix with entry " + value);
        }
        largest = Math.max(largest, Math.abs(value));
      }
    }
    // of the smallest numbers the reciprocal overflows
    return largest == 0 ? 0 : Math.max(-1000, Math.getExponent(largest));
  }

  private static double[][] copy(double[][] matrix) {
    return Arrays.stream(matrix).map(double[]::clone).toArray(double[][]::new);
  }

  private static void scale(double[][] matrix, double factor) {
    for (double[] row : matrix) {
      for (int j = 0; j < row.length; j++) {
        row[j] *= factor;
      }
    }
  }

  /** The sign of a singular pair is free; fixing it keeps results comparable. */
  private static void fixSign(double[] rules, double[] follows) {
    int largest = 0;
    for (int i = 1; i < rules.length; i++) {
      if (Math.abs(rules[i]) > Math.abs(rules[largest])) {
        largest = i;
      }
    }
    if (rules[largest] < 0) {
      negate(rules);
      negate(follows);
    }
  }

  private static void negate(double[] v) {
    for (int i = 0; i < v.length; i++) {
      v[i] = -v[i];
    }
  }
}
