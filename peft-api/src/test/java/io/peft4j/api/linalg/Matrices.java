package io.peft4j.api.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;

/** Matrices by rows, and what is asked of them, written in the plainest way. */
final class Matrices {
  private Matrices() {}

  static double[][] random(int rows, int columns, long seed) {
    Random random = new Random(seed);
    double[][] m = new double[rows][columns];
    for (double[] row : m) {
      for (int j = 0; j < columns; j++) {
        row[j] = random.nextGaussian();
      }
    }
    return m;
  }

  /** {@code rows} orthonormal rows. */
  static double[][] orthonormal(int rows, int length, long seed) {
    double[][] m = random(rows, length, seed);
    for (int i = 0; i < rows; i++) {
      for (int pass = 0; pass < 2; pass++) {
        for (int j = 0; j < i; j++) {
          add(m[i], -dot(m[i], m[j]), m[j]);
        }
      }
      double norm = Math.sqrt(dot(m[i], m[i]));
      for (int k = 0; k < length; k++) {
        m[i][k] /= norm;
      }
    }
    return m;
  }

  /** A matrix of given singular values. */
  static double[][] ofValues(int rows, int columns, double[] values, long seed) {
    return sum(
        values,
        orthonormal(values.length, rows, seed),
        orthonormal(values.length, columns, seed + 1));
  }

  /** {@code Σ values[k] left[k] right[k]ᵀ}. */
  static double[][] sum(double[] values, double[][] left, double[][] right) {
    double[][] m = new double[left[0].length][right[0].length];
    for (int k = 0; k < values.length; k++) {
      for (int i = 0; i < m.length; i++) {
        add(m[i], values[k] * left[k][i], right[k]);
      }
    }
    return m;
  }

  static double[][] transposed(double[][] m) {
    double[][] t = new double[m[0].length][m.length];
    for (int i = 0; i < m.length; i++) {
      for (int j = 0; j < m[i].length; j++) {
        t[j][i] = m[i][j];
      }
    }
    return t;
  }

  static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  static void assertOrthonormal(double[][] rows, double tolerance) {
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j <= i; j++) {
        assertEquals(i == j ? 1 : 0, dot(rows[i], rows[j]), tolerance, "rows " + i + ", " + j);
      }
    }
  }

  static void assertClose(double[][] expected, double[][] actual, double tolerance) {
    for (int i = 0; i < expected.length; i++) {
      for (int j = 0; j < expected[i].length; j++) {
        assertEquals(expected[i][j], actual[i][j], tolerance, "entry " + i + ", " + j);
      }
    }
  }

  private static void add(double[] row, double factor, double[] other) {
    for (int j = 0; j < row.length; j++) {
      row[j] += factor * other[j];
    }
  }
}
