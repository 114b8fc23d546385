package io.peft4j.api.linalg;

import static io.peft4j.api.linalg.Matrices.assertClose;
import static io.peft4j.api.linalg.Matrices.assertOrthonormal;
import static io.peft4j.api.linalg.Matrices.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Laws of the eigenpairs below the singular value decomposition, where they are hard to keep. */
class SymmetricEigenProperties {
  private static final double EPS = 1e-13;

  @Property(tries = 20)
  void pairsGiveTheMatrixBack(@ForAll @IntRange(min = 1, max = 150) int n, @ForAll long seed) {
    double[][] half = random(n, n, seed);
    double[][] a = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        a[i][j] = half[i][j] + half[j][i];
      }
    }
    SymmetricEigen eigen =
        SymmetricEigen.of(Arrays.stream(a).map(double[]::clone).toArray(double[][]::new));
    double[][] vectors = eigen.vectors(n);
    assertOrthonormal(vectors, EPS);
    double[] values = new double[n];
    Arrays.setAll(values, eigen::value);
    double size = Math.max(Math.abs(values[0]), Math.abs(values[n - 1]));
    assertClose(a, Matrices.sum(values, vectors, vectors), EPS * size);
  }

  /** Wilkinson matrices glued by small numbers: eigenvalues in clusters of equal digits. */
  @Property(tries = 20)
  void clustersHaveOrthogonalVectors(
      @ForAll @IntRange(min = 1, max = 8) int copies,
      @ForAll @IntRange(min = -16, max = 0) int glue) {
    double[] d = new double[21 * copies];
    double[] e = new double[d.length];
    for (int i = 0; i < d.length; i++) {
      d[i] = Math.abs(i % 21 - 10);
      e[i] = i % 21 == 20 ? Math.pow(10, glue) : 1;
    }
    assertDiagonalises(d, e);
  }

  @Property(tries = 60)
  void tridiagonalsOfEveryKindAreDiagonalised(
      @ForAll @IntRange(min = 1, max = 140) int n, @ForAll long seed) {
    Random random = new Random(seed);
    // magnitudes from nothing to one, so that much deflates and some barely does not
    double[] sizes = {0, 1e-300, 1e-20, 1e-16, 1e-15, 1e-8, 1e-3, 1};
    int kinds = 1 + random.nextInt(sizes.length);
    double[] d = new double[n];
    double[] e = new double[n];
    for (int i = 0; i < n; i++) {
      d[i] = random.nextGaussian() * sizes[sizes.length - 1 - random.nextInt(kinds)];
      e[i] = random.nextGaussian() * sizes[sizes.length - 1 - random.nextInt(kinds)];
    }
    assertDiagonalises(d, e);
    Arrays.fill(d, 1);
    assertDiagonalises(d, e);
  }

  private static void assertDiagonalises(double[] d, double[] e) {
    int n = d.length;
    e[n - 1] = 0;
    double[][] t = new double[n][n];
    for (int i = 0; i < n; i++) {
      t[i][i] = d[i];
      if (i + 1 < n) {
        t[i][i + 1] = e[i];
        t[i + 1][i] = e[i];
      }
    }
    DivideAndConquer pairs = DivideAndConquer.of(d.clone(), e.clone());
    assertOrthonormal(pairs.vectors(), EPS);
    double size = 0;
    for (int i = 0; i < n; i++) {
      assertTrue(i == 0 || pairs.values()[i] >= pairs.values()[i - 1]);
      size = Math.max(size, Math.abs(d[i]) + 2 * Math.abs(e[i]));
    }
    assertClose(t, Matrices.sum(pairs.values(), pairs.vectors(), pairs.vectors()), EPS * size);
  }

  /** Tiles and their edges change nothing, not even rounding. */
  @Property(tries = 30)
  void productsAreSumsInAscendingOrder(
      @ForAll @IntRange(min = 1, max = 100) int rows,
      @ForAll @IntRange(min = 1, max = 300) int inner,
      @ForAll @IntRange(min = 1, max = 900) int columns,
      @ForAll long seed) {
    double[][] a = random(rows, inner, seed);
    double[][] b = random(inner, columns, seed + 1);
    double[][] expected = new double[rows][columns];
    for (int k = 0; k < inner; k++) {
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          expected[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    assertArrayEquals(expected, Products.of(a, b));
    double[][] gram = Products.gram(a);
    double[][] plain = Products.of(a, Matrices.transposed(a));
    assertArrayEquals(plain, gram);
  }
}
