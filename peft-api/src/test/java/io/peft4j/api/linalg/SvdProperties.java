package io.peft4j.api.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Laws of the singular value decomposition. */
class SvdProperties {
  private static final double EPS = 1e-9;

  @Property(tries = 60)
  void factorsAreOrthonormalAndValuesDescend(
      @ForAll @IntRange(min = 1, max = 14) int rows,
      @ForAll @IntRange(min = 1, max = 14) int columns,
      @ForAll long seed) {
    int count = Math.min(rows, columns);
    Svd svd = Svd.of(random(rows, columns, seed), count);
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < count; j++) {
        // the Gram matrix squares the condition number, which random square matrices try
        double expected = i == j ? 1 : 0;
        assertEquals(expected, dot(svd.left()[i], svd.left()[j]), 1e-6);
        assertEquals(expected, dot(svd.right()[i], svd.right()[j]), 1e-6);
      }
      assertTrue(i == 0 || svd.values()[i] <= svd.values()[i - 1] + EPS);
    }
  }

  @Property(tries = 60)
  void allTripletsGiveTheMatrixBack(
      @ForAll @IntRange(min = 1, max = 14) int rows,
      @ForAll @IntRange(min = 1, max = 14) int columns,
      @ForAll long seed) {
    double[][] m = random(rows, columns, seed);
    assertClose(m, product(Svd.of(m, Math.min(rows, columns))), 1e-7);
  }

  @Property(tries = 60)
  void theRestIsAsSmallAsEckartAndYoungSay(
      @ForAll @IntRange(min = 2, max = 14) int rows,
      @ForAll @IntRange(min = 2, max = 14) int columns,
      @ForAll long seed) {
    double[][] m = random(rows, columns, seed);
    double[] all = Svd.of(m, Math.min(rows, columns)).values();
    int count = all.length / 2;
    double[][] part = product(Svd.of(m, count));
    double rest = 0;
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        rest += Math.pow(m[i][j] - part[i][j], 2);
      }
    }
    double expected = 0;
    for (int k = count; k < all.length; k++) {
      expected += all[k] * all[k];
    }
    assertEquals(expected, rest, 1e-8);
  }

  @Property(tries = 30)
  void transposingExchangesTheSides(
      @ForAll @IntRange(min = 2, max = 10) int rows, @ForAll long seed) {
    double[][] m = random(rows, rows + 3, seed);
    double[][] t = new double[rows + 3][rows];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < rows + 3; j++) {
        t[j][i] = m[i][j];
      }
    }
    Svd svd = Svd.of(m, 1);
    Svd other = Svd.of(t, 1);
    assertArrayEquals(svd.values(), other.values(), EPS);
    assertArrayEquals(svd.left()[0], other.right()[0], 1e-8);
  }

  @Example
  void aLargeMatrixIsDecomposedToTheLastDigits() {
    // larger than the size from which the native LAPACK was seen to fail
    double[][] m = random(300, 280, 7);
    Svd svd = Svd.of(m, 280);
    assertClose(m, product(svd), 1e-9);
  }

  @Example
  void degenerateMatricesHaveFiniteFactors() {
    double[][] zero = new double[3][5];
    assertArrayEquals(new double[] {0, 0}, Svd.of(zero, 2).values());
    assertClose(zero, product(Svd.of(zero, 3)), 0);
    double[][] rankOne = {{1, 2, 3}, {2, 4, 6}, {3, 6, 9}};
    Svd svd = Svd.of(rankOne, 3);
    assertEquals(14, svd.values()[0], EPS);
    assertEquals(0, svd.values()[1]);
    assertClose(rankOne, product(svd), EPS);
    double[][] equalValues = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    assertClose(equalValues, product(Svd.of(equalValues, 3)), EPS);
    double[][] tiny = {{1e-200, 0}, {0, 1e-200}};
    assertTrue(Double.isFinite(Svd.of(tiny, 2).left()[0][0]));
  }

  @Example
  void moreTripletsThanTheRankAllowsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Svd.of(new double[2][3], 3));
    assertThrows(IllegalArgumentException.class, () -> Svd.of(new double[2][3], 0));
  }

  private static double[][] random(int rows, int columns, long seed) {
    Random random = new Random(seed);
    double[][] m = new double[rows][columns];
    for (double[] row : m) {
      for (int j = 0; j < columns; j++) {
        row[j] = random.nextGaussian();
      }
    }
    return m;
  }

  private static double[][] product(Svd svd) {
    double[][] m = new double[svd.left()[0].length][svd.right()[0].length];
    for (int k = 0; k < svd.values().length; k++) {
      for (int i = 0; i < m.length; i++) {
        for (int j = 0; j < m[i].length; j++) {
          m[i][j] += svd.values()[k] * svd.left()[k][i] * svd.right()[k][j];
        }
      }
    }
    return m;
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  private static void assertClose(double[][] expected, double[][] actual, double tolerance) {
    for (int i = 0; i < expected.length; i++) {
      assertArrayEquals(expected[i], actual[i], tolerance);
    }
  }
}
