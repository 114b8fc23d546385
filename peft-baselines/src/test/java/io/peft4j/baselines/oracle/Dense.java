package io.peft4j.baselines.oracle;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Matrices as rows of doubles, by the definitions. */
public final class Dense {
  private Dense() {}

  /** The rows of an array, what lies within its first dimension side by side; a vector is one. */
  public static double[][] of(INDArray array) {
    INDArray flat = array.dup('c');
    return flat.rank() < 2
        ? new double[][] {flat.reshape(flat.length()).toDoubleVector()}
        : flat.reshape(flat.size(0), flat.length() / flat.size(0)).toDoubleMatrix();
  }

  /** {@code a b}. */
  public static double[][] product(double[][] a, double[][] b) {
    double[][] c = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int k = 0; k < b.length; k++) {
        for (int j = 0; j < b[0].length; j++) {
          c[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return c;
  }

  /** {@code mᵀ}. */
  public static double[][] transposed(double[][] m) {
    double[][] t = new double[m[0].length][m.length];
    for (int i = 0; i < m.length; i++) {
      for (int j = 0; j < m[0].length; j++) {
        t[j][i] = m[i][j];
      }
    }
    return t;
  }

  /** {@code x Wᵀ + b}. */
  public static double[][] linear(double[][] x, double[][] w, double[] b) {
    double[][] y = product(x, transposed(w));
    for (double[] row : y) {
      for (int j = 0; j < row.length; j++) {
        row[j] += b[j];
      }
    }
    return y;
  }

  /** {@code a + factor·b}. */
  public static double[][] sum(double[][] a, double factor, double[][] b) {
    double[][] c = new double[a.length][a[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < c[i].length; j++) {
        c[i][j] = a[i][j] + factor * b[i][j];
      }
    }
    return c;
  }

  /** {@code f} of every entry. */
  public static double[][] map(double[][] a, DoubleUnaryOperator f) {
    return Arrays.stream(a)
        .map(row -> Arrays.stream(row).map(f).toArray())
        .toArray(double[][]::new);
  }

  /** Columns {@code [from, to)}. */
  public static double[][] columns(double[][] a, int from, int to) {
    return Arrays.stream(a).map(row -> Arrays.copyOfRange(row, from, to)).toArray(double[][]::new);
  }

  /** Rows {@code [from, to)}, not copied. */
  public static double[][] rows(double[][] a, int from, int to) {
    return Arrays.copyOfRange(a, from, to);
  }

  /** {@code a} above {@code b}. */
  public static double[][] stacked(double[][] a, double[][] b) {
    double[][] c = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, c, a.length, b.length);
    return c;
  }

  /** Each row multiplied entry by entry. */
  public static double[][] scaled(double[][] a, double[] by) {
    double[][] c = new double[a.length][a[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < by.length; j++) {
        c[i][j] = a[i][j] * by[j];
      }
    }
    return c;
  }

  /** Layer norm of each row, ε inside the root. */
  public static double[][] layerNorm(double[][] a, double[] gain, double[] offset, double eps) {
    double[][] c = new double[a.length][gain.length];
    for (int i = 0; i < a.length; i++) {
      double mean = Arrays.stream(a[i]).average().orElseThrow();
      double variance =
          Arrays.stream(a[i]).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
      for (int j = 0; j < gain.length; j++) {
        c[i][j] = gain[j] * (a[i][j] - mean) / Math.sqrt(variance + eps) + offset[j];
      }
    }
    return c;
  }

  /** Exact GELU {@code x·Φ(x)}, the density integrated by Simpson's rule. */
  public static double gelu(double x) {
    int steps = 400;
    double width = x / steps;
    double sum = 0;
    for (int i = 0; i <= steps; i++) {
      double weight = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
      sum += weight * Math.exp(-0.5 * Math.pow(i * width, 2));
    }
    return x * (0.5 + sum * width / 3 / Math.sqrt(2 * Math.PI));
  }

  /** Softmax of each row. */
  public static double[][] softmax(double[][] a) {
    double[][] c = map(a, Math::exp);
    for (double[] row : c) {
      double total = Arrays.stream(row).sum();
      for (int j = 0; j < row.length; j++) {
        row[j] /= total;
      }
    }
    return c;
  }
}
