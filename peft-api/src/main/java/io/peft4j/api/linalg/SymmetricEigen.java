package io.peft4j.api.linalg;

import java.util.Arrays;

/** The eigenpairs of a symmetric matrix: reduced to tridiagonal form, divided and conquered. */
final class SymmetricEigen {
  private final Tridiagonal tridiagonal;
  private final DivideAndConquer pairs;

  private SymmetricEigen(Tridiagonal tridiagonal) {
    this.tridiagonal = tridiagonal;
    this.pairs = DivideAndConquer.of(tridiagonal.diagonal(), tridiagonal.offDiagonal());
  }

  /** Decomposes a symmetric matrix, which is overwritten. */
  static SymmetricEigen of(double[][] matrix) {
    return new SymmetricEigen(Tridiagonal.of(matrix));
  }

  /** Eigenvalue {@code k}, descending. */
  double value(int k) {
    return pairs.values()[pairs.values().length - 1 - k];
  }

  /** Rows are orthonormal eigenvectors of the {@code count} largest values, descending. */
  double[][] vectors(int count) {
    int n = pairs.values().length;
    double[][] chosen = new double[count][];
    Arrays.setAll(chosen, k -> pairs.vectors()[n - 1 - k]);
    double[][] columns = Products.transposed(chosen);
    tridiagonal.apply(columns);
    return Products.transposed(columns);
  }
}
