package io.peft4j.api.linalg;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * All eigenpairs of a symmetric tridiagonal matrix by divide and conquer: two halves and a change
 * of rank one (Cuppen 1981; Gu and Eisenstat, A divide-and-conquer algorithm for the symmetric
 * tridiagonal eigenproblem, SIAM J. Matrix Anal. Appl. 16, 1995). Almost all its work is products
 * of matrices, and most of that falls away where eigenvalues of the halves deflate.
 *
 * @param values ascending
 * @param vectors rows are orthonormal eigenvectors
 */
record DivideAndConquer(double[] values, double[][] vectors) {
  private static final int LEAF = 32;

  /**
   * @param diagonal the diagonal; overwritten
   * @param offDiagonal entry i couples i and i + 1; overwritten
   */
  static DivideAndConquer of(double[] diagonal, double[] offDiagonal) {
    return of(diagonal, offDiagonal, 0, diagonal.length);
  }

  private static DivideAndConquer of(double[] d, double[] e, int from, int to) {
    if (to - from <= LEAF) {
      double[] values = Arrays.copyOfRange(d, from, to);
      // what couples the last entry to the next part has been taken off before
      double[][] vectors = QlIteration.diagonalise(values, Arrays.copyOfRange(e, from, to));
      return sorted(values, vectors);
    }
    int middle = (from + to) / 2;
    double coupling = e[middle - 1];
    d[middle - 1] -= Math.abs(coupling);
    d[middle] -= Math.abs(coupling);
    DivideAndConquer upper = of(d, e, from, middle);
    DivideAndConquer lower = of(d, e, middle, to);
    return RankOneChange.of(upper, lower, coupling).solve();
  }

  /** With the values in ascending order, equal ones as they were. */
  static DivideAndConquer sorted(double[] values, double[][] vectors) {
    int[] order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> values[i]))
            .mapToInt(i -> i)
            .toArray();
    return new DivideAndConquer(
        Arrays.stream(order).mapToDouble(i -> values[i]).toArray(),
        Arrays.stream(order).mapToObj(i -> vectors[i]).toArray(double[][]::new));
  }
}
