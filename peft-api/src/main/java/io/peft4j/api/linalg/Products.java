package io.peft4j.api.linalg;

import java.util.Arrays;

/**
 * Products of matrices given by rows, the only loops that matter to the time of a decomposition.
 *
 * <p>The innermost one adds multiples of four rows to a row, which C2 turns into vector
 * instructions; the loops around it keep what is read again in the caches. Every sum is taken in
 * ascending order of its index and without fused multiplication, so that tiles, machine and number
 * of threads do not show in the result. (Fused would round less, but falls back to arbitrary
 * precision, a thousand times slower, where the processor has no such instruction.)
 */
final class Products {
  private static final int ROWS = 48;
  private static final int INNER = 240;
  private static final int COLUMNS = 768;
  private static final int SQUARE = 32;

  private Products() {}

  /** {@code out[:, from:to] += a · b[:, from:to]}. */
  static void add(double[][] out, double[][] a, double[][] b, int from, int to) {
    for (int j = from; j < to; j += COLUMNS) {
      int endJ = Math.min(to, j + COLUMNS);
      for (int k = 0; k < b.length; k += INNER) {
        int endK = Math.min(b.length, k + INNER);
        for (int i = 0; i < out.length; i += ROWS) {
          addTile(out, a, b, i, Math.min(out.length, i + ROWS), k, endK, j, endJ);
        }
      }
    }
  }

  /** {@code a · b}. */
  static double[][] of(double[][] a, double[][] b) {
    int columns = b[0].length;
    double[][] out = new double[a.length][columns];
    add(out, a, b, 0, columns);
    return out;
  }

  /** {@code a · aᵀ}; of the symmetric result one half is computed. */
  static double[][] gram(double[][] a) {
    int n = a.length;
    double[][] transposed = transposed(a);
    double[][] out = new double[n][n];
    for (int i = 0; i < n; i += ROWS) {
      int end = Math.min(n, i + ROWS);
      add(Arrays.copyOfRange(out, i, end), Arrays.copyOfRange(a, i, end), transposed, i, n);
    }
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        out[i][j] = out[j][i];
      }
    }
    return out;
  }

  static double[][] transposed(double[][] a) {
    int rows = a.length;
    int columns = a[0].length;
    double[][] out = new double[columns][rows];
    for (int i = 0; i < rows; i += SQUARE) {
      int endI = Math.min(rows, i + SQUARE);
      for (int j = 0; j < columns; j += SQUARE) {
        int endJ = Math.min(columns, j + SQUARE);
        for (int r = i; r < endI; r++) {
          for (int c = j; c < endJ; c++) {
            out[c][r] = a[r][c];
          }
        }
      }
    }
    return out;
  }

  /** The dot product of the entries from {@code from} on; four sums, as one waits for itself. */
  static double dot(double[] x, double[] y, int from) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = from;
    for (; i + 3 < x.length; i += 4) {
      s0 += x[i] * y[i];
      s1 += x[i + 1] * y[i + 1];
      s2 += x[i + 2] * y[i + 2];
      s3 += x[i + 3] * y[i + 3];
    }
    for (; i < x.length; i++) {
      s0 += x[i] * y[i];
    }
    return (s0 + s1) + (s2 + s3);
  }

  /** {@code row[from:to] += factor · other[from:to]}. */
  static void addRow(double[] row, double factor, double[] other, int from, int to) {
    for (int j = from; j < to; j++) {
      row[j] += factor * other[j];
    }
  }

  private static void addTile(
      double[][] out,
      double[][] a,
      double[][] b,
      int fromI,
      int toI,
      int fromK,
      int toK,
      int fromJ,
      int toJ) {
    int k = fromK;
    for (; k + 3 < toK; k += 4) {
      for (int i = fromI; i < toI; i++) {
        addFourRows(out[i], a[i], b, k, fromJ, toJ);
      }
    }
    for (; k < toK; k++) {
      for (int i = fromI; i < toI; i++) {
        addRow(out[i], a[i][k], b[k], fromJ, toJ);
      }
    }
  }

  private static void addFourRows(double[] out, double[] a, double[][] b, int k, int from, int to) {
    addFourRows(
        out, a[k], a[k + 1], a[k + 2], a[k + 3], b[k], b[k + 1], b[k + 2], b[k + 3], from, to);
  }

  private static void addFourRows(
      double[] out,
      double a0,
      double a1,
      double a2,
      double a3,
      double[] b0,
      double[] b1,
      double[] b2,
      double[] b3,
      int from,
      int to) {
    for (int j = from; j < to; j++) {
      out[j] = (((out[j] + a0 * b0[j]) + a1 * b1[j]) + a2 * b2[j]) + a3 * b3[j];
    }
  }
}
