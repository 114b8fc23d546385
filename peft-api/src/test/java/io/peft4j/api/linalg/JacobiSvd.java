package io.peft4j.api.linalg;

import java.util.Arrays;

/**
 * Singular values by one-sided Jacobi rotations (Hestenes 1958), slow and accurate even for the
 * smallest: the oracle, which shares no line with what it judges.
 */
final class JacobiSvd {
  private static final int MAX_SWEEPS = 80;

  private JacobiSvd() {}

  /** Descending. */
  static double[] values(double[][] matrix) {
    boolean isTall = matrix.length > matrix[0].length;
    int n = Math.min(matrix.length, matrix[0].length);
    double[][] rows = new double[n][Math.max(matrix.length, matrix[0].length)];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < rows[i].length; j++) {
        rows[i][j] = isTall ? matrix[j][i] : matrix[i][j];
      }
    }
    boolean moved = true;
    for (int sweep = 0; moved && sweep < MAX_SWEEPS; sweep++) {
      moved = false;
      for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
          moved |= makeOrthogonal(rows[i], rows[j]);
        }
      }
    }
    double[] ascending =
        Arrays.stream(rows).mapToDouble(r -> Math.sqrt(dot(r, r))).sorted().toArray();
    double[] values = new double[n];
    Arrays.setAll(values, k -> ascending[n - 1 - k]);
    return values;
  }

  private static boolean makeOrthogonal(double[] x, double[] y) {
    double xx = dot(x, x);
    double yy = dot(y, y);
    double xy = dot(x, y);
    if (Math.abs(xy) <= 1e-15 * Math.sqrt(xx) * Math.sqrt(yy)) {
      return false;
    }
    double zeta = (yy - xx) / (2 * xy);
    double t = Math.copySign(1 / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta)), zeta);
    double c = 1 / Math.sqrt(1 + t * t);
    for (int i = 0; i < x.length; i++) {
      double old = x[i];
      x[i] = c * (old - t * y[i]);
      y[i] = c * (t * old + y[i]);
    }
    return true;
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }
}
