package io.peft4j.api.linalg;

/** Orthonormal rows continued by more, where a matrix of lower rank determines none. */
final class Completion {
  private Completion() {}

  /**
   * Replaces the rows from {@code known} on: unit vectors, each the one farthest from the span of
   * the rows before, made orthogonal to them.
   */
  static void complete(double[][] rows, int known) {
    if (known == rows.length) {
      return;
    }
    int length = rows[0].length;
    double[] outside = new double[length];
    for (int i = 0; i < length; i++) {
      outside[i] = 1;
    }
    for (int k = 0; k < known; k++) {
      subtractSquares(outside, rows[k]);
    }
    for (int k = known; k < rows.length; k++) {
      double[] row = new double[length];
      row[largest(outside)] = 1;
      // twice is enough (Kahan)
      orthogonalise(row, rows, k);
      orthogonalise(row, rows, k);
      rows[k] = row;
      subtractSquares(outside, row);
    }
  }

  private static void orthogonalise(double[] row, double[][] rows, int count) {
    for (int i = 0; i < count; i++) {
      Products.addRow(row, -Products.dot(rows[i], row, 0), rows[i], 0, row.length);
    }
    double norm = Math.sqrt(Products.dot(row, row, 0));
    for (int j = 0; j < row.length; j++) {
      row[j] /= norm;
    }
  }

  private static void subtractSquares(double[] outside, double[] row) {
    for (int i = 0; i < row.length; i++) {
      outside[i] -= row[i] * row[i];
    }
  }

  private static int largest(double[] values) {
    int largest = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[largest]) {
        largest = i;
      }
    }
    return largest;
  }
}
