package io.peft4j.api.linalg;

import static io.peft4j.api.linalg.Matrices.assertClose;
import static io.peft4j.api.linalg.Matrices.assertOrthonormal;
import static io.peft4j.api.linalg.Matrices.dot;
import static io.peft4j.api.linalg.Matrices.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Laws of the singular value decomposition. */
class SvdProperties {
  private static final double EPS = 1e-12;

  @Property(tries = 60)
  void factorsAreOrthonormalAndGiveTheMatrixBack(
      @ForAll @IntRange(min = 1, max = 90) int rows,
      @ForAll @IntRange(min = 1, max = 90) int columns,
      @ForAll long seed) {
    assertDecomposes(random(rows, columns, seed));
  }

  @Property(tries = 25)
  void valuesAreThoseOfJacobiRotations(
      @ForAll @IntRange(min = 1, max = 60) int rows,
      @ForAll @IntRange(min = 1, max = 60) int columns,
      @ForAll @IntRange(max = 9) int decades,
      @ForAll long seed) {
    double[][] m = random(rows, columns, seed);
    // columns of very different size, where the Gram matrix alone loses the small values
    for (double[] row : m) {
      for (int j = 0; j < columns; j++) {
        row[j] *= Math.pow(10, -(double) decades * j / columns);
      }
    }
    double[] expected = JacobiSvd.values(m);
    double[] actual = assertDecomposes(m).values();
    assertArrayEquals(expected, actual, EPS * expected[0]);
  }

  /** A value many times, as of orthogonal weights: everything deflates. */
  @Property(tries = 20)
  void repeatedValuesHaveOrthonormalVectors(
      @ForAll @IntRange(min = 1, max = 80) int size,
      @ForAll @IntRange(max = 30) int longer,
      @ForAll @IntRange(min = 1, max = 4) int distinct,
      @ForAll long seed) {
    double[] values = new double[size];
    Arrays.setAll(values, k -> distinct - k * distinct / size);
    double[][] m = Matrices.ofValues(size, size + longer, values, seed);
    assertArrayEquals(values, assertDecomposes(m).values(), EPS * values[0]);
  }

  /** Where the passes of the algorithm meet, at 1/32 and 1/1024 of the largest value. */
  @Property(tries = 20)
  void valuesWhereTwoPassesMeetStayInOrder(
      @ForAll @IntRange(min = 1, max = 25) int copies,
      @ForAll @IntRange(max = 20) int longer,
      @ForAll long seed) {
    double[] values = new double[2 * copies + 2];
    Arrays.setAll(values, k -> k == 0 ? 1 : k <= copies ? 1.0 / 32 : 1.0 / 1024);
    double[][] m = Matrices.ofValues(values.length + longer, values.length, values, seed);
    assertArrayEquals(values, assertDecomposes(m).values(), EPS);
  }

  @Property(tries = 30)
  void lowRankHasZerosAndFactorsAreStillComplete(
      @ForAll @IntRange(min = 1, max = 80) int rows,
      @ForAll @IntRange(min = 1, max = 80) int columns,
      @ForAll @IntRange(max = 20) int rank,
      @ForAll long seed) {
    int r = Math.min(rank, Math.min(rows, columns));
    double[] values = new Random(seed).doubles(r, 0.1, 3).map(v -> -v).sorted().toArray();
    Arrays.setAll(values, k -> -values[k]);
    double[][] m =
        r == 0 ? new double[rows][columns] : Matrices.ofValues(rows, columns, values, seed);
    double[] found = assertDecomposes(m).values();
    assertArrayEquals(values, Arrays.copyOf(found, r), EPS * 3);
    for (int k = r; k < found.length; k++) {
      assertEquals(0, found[k], 1e-14);
    }
  }

  @Property(tries = 20)
  void anyNumberOfTripletsAreTheFirstOfAll(
      @ForAll @IntRange(min = 2, max = 50) int rows,
      @ForAll @IntRange(min = 2, max = 50) int columns,
      @ForAll long seed) {
    double[][] m = random(rows, columns, seed);
    Svd all = Svd.of(m, Math.min(rows, columns));
    int count = (all.values().length + 1) / 2;
    Svd first = Svd.of(m, count);
    assertArrayEquals(Arrays.copyOf(all.values(), count), first.values(), EPS * all.values()[0]);
    // vectors of close values are as exact as the values are apart
    assertClose(Arrays.copyOf(all.left(), count), first.left(), 1e-8);
    assertClose(Arrays.copyOf(all.right(), count), first.right(), 1e-8);
  }

  @Property(tries = 30)
  void theRestIsAsSmallAsEckartAndYoungSay(
      @ForAll @IntRange(min = 2, max = 40) int rows,
      @ForAll @IntRange(min = 2, max = 40) int columns,
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
    double expected = Arrays.stream(all, count, all.length).map(v -> v * v).sum();
    assertEquals(expected, rest, 1e-10);
  }

  @Property(tries = 30)
  void transposingExchangesTheSides(
      @ForAll @IntRange(min = 2, max = 10) int rows, @ForAll long seed) {
    double[][] m = random(rows, rows + 3, seed);
    Svd svd = Svd.of(m, 1);
    Svd other = Svd.of(Matrices.transposed(m), 1);
    assertArrayEquals(svd.values(), other.values(), EPS);
    assertArrayEquals(svd.left()[0], other.right()[0], 1e-10);
  }

  /** The result belongs to the matrix, not to who computes it beside what. */
  @Example
  void manyAtOnceAreTheSameToTheBitAsOneByOne() {
    List<double[][]> weights =
        IntStream.range(0, 8).mapToObj(i -> random(90 + 13 * i, 100, i)).toList();
    List<Svd> together = weights.parallelStream().map(w -> Svd.of(w, 60)).toList();
    for (int i = 0; i < weights.size(); i++) {
      Svd alone = Svd.of(weights.get(i), 60);
      assertArrayEquals(alone.values(), together.get(i).values());
      assertArrayEquals(alone.left(), together.get(i).left());
      assertArrayEquals(alone.right(), together.get(i).right());
    }
  }

  @Example
  void largeMatricesAreDecomposedToTheLastDigits() {
    // several panels, several levels of division, more than one tile
    assertDecomposes(random(300, 280, 7));
    assertDecomposes(random(170, 900, 8));
  }

  @Example
  void degenerateMatricesAreNoExceptions() {
    assertArrayEquals(new double[] {0, 0, 0}, assertDecomposes(new double[3][5]).values());
    double[][] rankOne = {{1, 2, 3}, {2, 4, 6}, {3, 6, 9}};
    assertArrayEquals(new double[] {14, 0, 0}, assertDecomposes(rankOne).values(), EPS);
    assertArrayEquals(
        new double[] {1, 1, 1},
        assertDecomposes(new double[][] {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}).values());
    assertArrayEquals(new double[] {5}, assertDecomposes(new double[][] {{3, 0, -4}}).values());
    assertArrayEquals(new double[] {2}, assertDecomposes(new double[][] {{-2}}).values());
  }

  @Property(tries = 20)
  void sizeDoesNotMatter(@ForAll @IntRange(min = -300, max = 300) int decimal, @ForAll long seed) {
    double[][] m = random(7, 5, seed);
    double[] values = Svd.of(m, 5).values();
    double factor = Math.scalb(1.0, decimal * 3);
    for (double[] row : m) {
      for (int j = 0; j < row.length; j++) {
        row[j] *= factor;
      }
    }
    double[] scaled = assertDecomposes(m).values();
    for (int k = 0; k < values.length; k++) {
      assertEquals(values[k], scaled[k] / factor, values[k] * 1e-15);
    }
  }

  @Example
  void moreTripletsThanTheRankAllowsAndEntriesThatAreNotFiniteAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Svd.of(new double[2][3], 3));
    assertThrows(IllegalArgumentException.class, () -> Svd.of(new double[2][3], 0));
    for (double bad : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
      double[][] m = {{1, 2}, {bad, 3}};
      assertThrows(IllegalArgumentException.class, () -> Svd.of(m, 2));
    }
  }

  /** Everything that a full decomposition promises. */
  private static Svd assertDecomposes(double[][] m) {
    int count = Math.min(m.length, m[0].length);
    double[][] before = Arrays.stream(m).map(double[]::clone).toArray(double[][]::new);
    Svd svd = Svd.of(m, count);
    assertArrayEquals(before, m, "the matrix was changed");
    assertOrthonormal(svd.left(), EPS);
    assertOrthonormal(svd.right(), EPS);
    double[] values = svd.values();
    assertTrue(values[count - 1] >= 0);
    for (int k = 1; k < count; k++) {
      assertTrue(values[k] <= values[k - 1], () -> Arrays.toString(values));
    }
    assertClose(m, product(svd), EPS * values[0]);
    for (double[] vector : m.length < m[0].length ? svd.left() : svd.right()) {
      double largest = Arrays.stream(vector).map(Math::abs).max().orElseThrow();
      assertTrue(Arrays.stream(vector).anyMatch(v -> v == largest), "sign of a vector");
    }
    for (int k = 0; k < count; k++) {
      assertEquals(1, dot(svd.left()[k], svd.left()[k]), EPS);
    }
    return svd;
  }

  private static double[][] product(Svd svd) {
    return Matrices.sum(svd.values(), svd.left(), svd.right());
  }
}
