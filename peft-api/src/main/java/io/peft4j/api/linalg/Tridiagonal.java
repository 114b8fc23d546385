package io.peft4j.api.linalg;

import java.util.Arrays;

/**
 * A symmetric matrix as {@code Q T Qᵀ} with T tridiagonal and {@code Q = H₀ H₁ …} a product of
 * reflections (Golub and Van Loan, Matrix Computations, section 8.3.1), in panels: the part of the
 * matrix behind a panel is updated once, by a product of matrices (Dongarra, Hammarling, Sorensen,
 * Block reduction of matrices to condensed forms, 1989), and so are vectors (Schreiber and Van
 * Loan, A storage-efficient WY representation, 1989).
 */
final class Tridiagonal {
  private static final int PANEL = 32;

  private final double[] diagonal;
  private final double[] offDiagonal;

  /** Reflector k is {@code I - v vᵀ} with {@code ‖v‖² = 2} or v = 0, and v zero up to entry k. */
  private final double[][] reflectors;

  private Tridiagonal(int n) {
    diagonal = new double[n];
    offDiagonal = new double[n];
    reflectors = new double[Math.max(0, n - 2)][];
  }

  /** Reduces a symmetric matrix, which is overwritten. */
  static Tridiagonal of(double[][] a) {
    int n = a.length;
    Tridiagonal t = new Tridiagonal(n);
    for (int from = 0; from < n - 2; from += PANEL) {
      t.reducePanel(a, from, Math.min(from + PANEL, n - 2));
    }
    if (n > 1) {
      t.diagonal[n - 2] = a[n - 2][n - 2];
      t.offDiagonal[n - 2] = a[n - 2][n - 1];
    }
    t.diagonal[n - 1] = a[n - 1][n - 1];
    return t;
  }

  /** The diagonal of T. */
  double[] diagonal() {
    return diagonal.clone();
  }

  /** Entry i couples i and i + 1; the last is zero. */
  double[] offDiagonal() {
    return offDiagonal.clone();
  }

  /** {@code z ← Q z} for vectors in the columns of z. */
  void apply(double[][] z) {
    int n = z.length;
    int columns = z[0].length;
    int last = (reflectors.length - 1) / PANEL * PANEL;
    for (int from = last; from >= 0 && reflectors.length > 0; from -= PANEL) {
      int to = Math.min(from + PANEL, reflectors.length);
      double[][] below = Arrays.copyOfRange(z, from + 1, n);
      double[][] v = new double[to - from][];
      for (int q = 0; q < v.length; q++) {
        v[q] = Arrays.copyOfRange(reflectors[from + q], from + 1, n);
      }
      double[][] change = Products.of(minusTriangle(v), Products.of(v, below));
      Products.add(below, Products.transposed(v), change, 0, columns);
    }
  }

  /** -T of {@code H₁ … H_k = I - V T Vᵀ}, upper triangular. */
  private static double[][] minusTriangle(double[][] v) {
    double[][] t = new double[v.length][v.length];
    for (int i = 0; i < v.length; i++) {
      double[] dots = new double[i];
      for (int q = 0; q < i; q++) {
        dots[q] = Products.dot(v[q], v[i], 0);
      }
      for (int row = 0; row < i; row++) {
        double sum = 0;
        for (int q = row; q < i; q++) {
          sum -= t[row][q] * dots[q];
        }
        t[row][i] = sum;
      }
      t[i][i] = 1;
    }
    for (double[] row : t) {
      for (int j = 0; j < row.length; j++) {
        row[j] = -row[j];
      }
    }
    return t;
  }

  /**
   * Columns from {@code from} to {@code to} become tridiagonal. Behind them the matrix that counts
   * is {@code A - Σ (v wᵀ + w vᵀ)} over the reflectors of the panel so far.
   */
  private void reducePanel(double[][] a, int from, int to) {
    int n = a.length;
    int size = to - from;
    // of each reflector v and w, negative for the sake of sums
    double[][] both = new double[2 * size][];
    double[][] minusSwapped = new double[2 * size][];
    for (int j = from; j < to; j++) {
      int known = 2 * (j - from);
      double[][] factors = Arrays.copyOf(minusSwapped, known);
      double[][] terms = Arrays.copyOf(both, known);
      double[][] row = {a[j]};
      Products.add(row, new double[][] {entries(factors, j)}, terms, j, n);
      diagonal[j] = a[j][j];
      double[] v = new double[n];
      System.arraycopy(a[j], j + 1, v, j + 1, n - j - 1);
      offDiagonal[j] = makeReflector(v, j + 1);
      reflectors[j] = v;
      double[] w = new double[n];
      double[][] out = {w};
      double[][] entries = {Arrays.copyOfRange(v, j + 1, n)};
      Products.add(out, entries, Arrays.copyOfRange(a, j + 1, n), j + 1, n);
      double[] dots = new double[known];
      for (int q = 0; q < known; q++) {
        dots[q] = Products.dot(factors[q], v, j + 1);
      }
      Products.add(out, new double[][] {dots}, terms, j + 1, n);
      Products.addRow(w, -Products.dot(w, v, j + 1) / 2, v, j + 1, n);
      both[known] = v;
      both[known + 1] = w;
      minusSwapped[known] = negative(w);
      minusSwapped[known + 1] = negative(v);
    }
    double[][] factors = new double[n - to][];
    for (int i = to; i < n; i++) {
      factors[i - to] = entries(minusSwapped, i);
    }
    Products.add(Arrays.copyOfRange(a, to, n), factors, both, to, n);
  }

  private static double[] entries(double[][] rows, int column) {
    double[] entries = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      entries[i] = rows[i][column];
    }
    return entries;
  }

  private static double[] negative(double[] row) {
    double[] negative = new double[row.length];
    for (int i = 0; i < row.length; i++) {
      negative[i] = -row[i];
    }
    return negative;
  }

  /**
   * Turns x, the entries from {@code from} on, into the reflector that maps it to {@code β e₁}, and
   * returns β.
   */
  private static double makeReflector(double[] x, int from) {
    double scale = 0;
    for (int i = from; i < x.length; i++) {
      scale = Math.max(scale, Math.abs(x[i]));
    }
    if (scale == 0) {
      return 0; // x stays zero, and its reflection the identity
    }
    double square = 0;
    for (int i = from; i < x.length; i++) {
      square += (x[i] / scale) * (x[i] / scale);
    }
    double norm = scale * Math.sqrt(square);
    // the sign that avoids cancellation
    double beta = x[from] > 0 ? -norm : norm;
    // two roots: the product may underflow
    double length = Math.sqrt(norm) * Math.sqrt(norm + Math.abs(x[from]));
    x[from] -= beta;
    for (int i = from; i < x.length; i++) {
      x[i] /= length;
    }
    return beta;
  }
}
