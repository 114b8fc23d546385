package io.peft4j.api.linalg;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The largest eigenpairs of a symmetric matrix: Householder reduction to tridiagonal form, then QL
 * with implicit shifts (Golub and Van Loan, Matrix Computations, sections 8.3.1 and 8.3.3).
 *
 * @param values eigenvalues, descending
 * @param vectors rows are orthonormal eigenvectors
 */
record SymmetricEigen(double[] values, double[][] vectors) {
  private static final int MAX_SWEEPS = 60;

  /** The {@code count} largest eigenpairs; {@code matrix} is overwritten. */
  static SymmetricEigen largest(double[][] matrix, int count) {
    int n = matrix.length;
    double[] diagonal = new double[n];
    double[] offDiagonal = new double[n];
    double[][] reflectors = tridiagonalise(matrix, diagonal, offDiagonal);
    double[][] vectors = identity(n);
    diagonalise(diagonal, offDiagonal, vectors);
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -diagonal[i]))
            .mapToInt(i -> i)
            .limit(count)
            .toArray();
    double[] values = Arrays.stream(order).mapToDouble(i -> diagonal[i]).toArray();
    double[][] chosen = Arrays.stream(order).mapToObj(i -> vectors[i]).toArray(double[][]::new);
    for (double[] vector : chosen) {
      for (int k = n - 3; k >= 0; k--) {
        reflect(reflectors[k], k + 1, vector);
      }
    }
    return new SymmetricEigen(values, chosen);
  }

  /**
   * Makes {@code a} tridiagonal by reflections {@code I - v vᵀ} with {@code ‖v‖² = 2}.
   *
   * @param offDiagonal entry i couples i and i + 1
   * @return reflector k acts on entries from k + 1 on
   */
  private static double[][] tridiagonalise(double[][] a, double[] diagonal, double[] offDiagonal) {
    int n = a.length;
    double[][] reflectors = new double[n][];
    for (int k = 0; k < n - 2; k++) {
      diagonal[k] = a[k][k];
      double[] v = Arrays.copyOfRange(a[k], k + 1, n);
      offDiagonal[k] = makeReflector(v);
      reflectors[k] = v;
      applyFromBothSides(a, k + 1, v);
    }
    if (n > 1) {
      diagonal[n - 2] = a[n - 2][n - 2];
      offDiagonal[n - 2] = a[n - 2][n - 1];
    }
    diagonal[n - 1] = a[n - 1][n - 1];
    return reflectors;
  }

  /** Turns x into the reflector that maps x to {@code β e₁}, and returns β. */
  private static double makeReflector(double[] x) {
    double scale = Arrays.stream(x).map(Math::abs).max().orElse(0);
    if (scale == 0) {
      return 0; // x stays zero, and its reflection the identity
    }
    double square = 0;
    for (double value : x) {
      square += (value / scale) * (value / scale);
    }
    double norm = scale * Math.sqrt(square);
    // the sign that avoids cancellation
    double beta = x[0] > 0 ? -norm : norm;
    // two roots: the product may underflow
    double length = Math.sqrt(norm) * Math.sqrt(norm + Math.abs(x[0]));
    x[0] -= beta;
    for (int i = 0; i < x.length; i++) {
      x[i] /= length;
    }
    return beta;
  }

  /** {@code H A H} on the block from {@code from} on, {@code H = I - v vᵀ}. */
  private static void applyFromBothSides(double[][] a, int from, double[] v) {
    int m = v.length;
    double[] p = new double[m];
    for (int i = 0; i < m; i++) {
      double factor = v[i];
      double[] row = a[from + i];
      for (int j = 0; j < m; j++) {
        p[j] += factor * row[from + j];
      }
    }
    double half = dot(p, v) / 2;
    for (int j = 0; j < m; j++) {
      p[j] -= half * v[j];
    }
    for (int i = 0; i < m; i++) {
      double vi = v[i];
      double pi = p[i];
      double[] row = a[from + i];
      for (int j = 0; j < m; j++) {
        row[from + j] -= vi * p[j] + pi * v[j];
      }
    }
  }

  private static void reflect(double[] v, int from, double[] vector) {
    double dot = 0;
    for (int i = 0; i < v.length; i++) {
      dot += v[i] * vector[from + i];
    }
    for (int i = 0; i < v.length; i++) {
      vector[from + i] -= dot * v[i];
    }
  }

  /**
   * QL with implicit Wilkinson shifts on a tridiagonal matrix; eigenvalues are left in {@code d},
   * eigenvectors in the rows of {@code z}, which starts as the identity.
   */
  private static void diagonalise(double[] d, double[] e, double[][] z) {
    int n = d.length;
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
    double r = Math.hypot(g, 1);
    g = d[m] - d[l] + e[l] / (g + Math.copySign(r, g));
    double s = 1;
    double c = 1;
    double p = 0;
    for (int i = m - 1; i >= l; i--) {
      double f = s * e[i];
      double b = c * e[i];
      r = Math.hypot(f, g);
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

  private static void rotate(double[] lower, double[] upper, double c, double s) {
    for (int k = 0; k < lower.length; k++) {
      double f = upper[k];
      upper[k] = s * lower[k] + c * f;
      lower[k] = c * lower[k] - s * f;
    }
  }

  private static double[][] identity(int n) {
    double[][] eye = new double[n][n];
    for (int i = 0; i < n; i++) {
      eye[i][i] = 1;
    }
    return eye;
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }
}
