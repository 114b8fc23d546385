package io.peft4j.baselines.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Rows become orthonormal, span what they spanned, and stay where they are orthonormal. */
class OrthonormalProperties {
  @Property(tries = 100)
  void randomRowsAreOrthonormal(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 12) int width,
      @ForAll @IntRange(min = 1, max = 12) int count) {
    double[][] rows = Orthonormal.random(new SplittableRandom(seed), Math.min(count, width), width);
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows.length; j++) {
        assertEquals(i == j ? 1 : 0, dot(rows[i], rows[j]), 1e-13);
      }
    }
  }

  @Property(tries = 100)
  void theSpanStaysAndTheFirstRowKeepsItsDirection(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int count) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] before = new double[count][6];
    for (double[] row : before) {
      for (int j = 0; j < row.length; j++) {
        row[j] = random.nextGaussian();
      }
    }
    double[][] after = new double[count][];
    for (int i = 0; i < count; i++) {
      after[i] = before[i].clone();
    }
    Orthonormal.orthonormalise(after);
    for (int i = 0; i < count; i++) {
      // what of a row lies in the span of the new rows is all of it, with a positive part on its
      // own
      double rest = dot(before[i], before[i]);
      for (int k = 0; k <= i; k++) {
        rest -= Math.pow(dot(before[i], after[k]), 2);
      }
      assertEquals(0, rest, 1e-11);
      assertEquals(1, Math.signum(dot(before[i], after[i])));
    }
    double[][] again = new double[count][];
    for (int i = 0; i < count; i++) {
      again[i] = after[i].clone();
    }
    Orthonormal.orthonormalise(again);
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < 6; j++) {
        assertEquals(after[i][j], again[i][j], 1e-14);
      }
    }
  }

  @Example
  void dependentRowsAreRefused() {
    double[][] rows = {{1, 2, 3}, {2, 4, 6}};
    assertThrows(ArithmeticException.class, () -> Orthonormal.orthonormalise(rows));
    double[][] nan = {{Double.NaN, 2}};
    assertThrows(ArithmeticException.class, () -> Orthonormal.orthonormalise(nan));
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
