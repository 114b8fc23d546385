package io.peft4j.api.linalg;

/**
 * QL with implicit Wilkinson shifts (Golub and Van Loan, Matrix Computations, section 8.3.3): the
 * eigenpairs of small tridiagonal matrices.
 */
final class QlIteration {
  private static final int MAX_SWEEPS = 60;

  private QlIteration() {}

  /**
   * Leaves eigenvalues in {@code d}, in no order, and eigenvectors in the rows returned.
   *
   * @param d diagonal
   * @param e entry i couples i and i + 1; overwritten
   */
  static double[][] diagonalise(double[] d, double[] e) {
    int n = d.length;
    double[][] z = new double[n][n];
    for (int i = 0; i < n; i++) {
      z[i][i] = 1;
    }
    for (int l = 0; l < n; l++) {
      for (int sweep = 0; ; sweep++) {
        int m = firstNegligible(d, e, l);
        if (m == l) {
          break;
        }
        if (sweep == MAX_SWEEPS) {
          throw new ArithmeticException("no eigenvalue after " + MAX_SWEEPS + " QL sweeps");
        }
        sweep(d, e, z, l, m);
      }
    }
    return z;
  }

  private static int firstNegligible(double[] d, double[] e, int l) {
    int m = l;
    while (m < d.length - 1) {
      double size = Math.abs(d[m]) + Math.abs(d[m + 1]);
      if (Math.abs(e[m]) <= Math.ulp(size)) {
        break;
      }
      m++;
    }
    return m;
  }

  private static void sweep(double[] d, double[] e, double[][] z, int l, int m) {
    double g = (d[l + 1] - d[l]) / (2 * e[l]);
    double r = StrictMath.hypot(g, 1);
    g = d[m] - d[l] + e[l] / (g + Math.copySign(r, g));
    double s = 1;
    double c = 1;
    double p = 0;
    for (int i = m - 1; i >= l; i--) {
      double f = s * e[i];
      double b = c * e[i];
      r = StrictMath.hypot(f, g);
      e[i + 1] = r;
      if (r == 0) {
        // the matrix has split: start again on the smaller block
        d[i + 1] -= p;
        e[m] = 0;
        return;
      }
      s = f / r;
      c = g / r;
      g = d[i + 1] - p;
      r = (d[i] - g) * s + 2 * c * b;
      p = s * r;
      d[i + 1] = g + p;
      g = c * r - b;
      rotate(z[i], z[i + 1], c, s);
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0;
  }

  /** {@code upper ← c·upper + s·lower}, {@code lower ← c·lower - s·upper}. */
  static void rotate(double[] lower, double[] upper, double c, double s) {
    for (int k = 0; k < lower.length; k++) {
      double f = upper[k];
      upper[k] = s * lower[k] + c * f;
      lower[k] = c * lower[k] - s * f;
    }
  }
}
