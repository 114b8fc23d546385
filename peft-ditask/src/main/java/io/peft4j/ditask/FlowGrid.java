package io.peft4j.ditask;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;

/**
 * What is known of a flow before the velocities are: the points that it moves, and for each the
 * cell it starts in. A point on a knot starts in the cell ahead of it, which depends on direction.
 *
 * @param points points in [0, 1]
 * @param cells number of equal cells
 */
record FlowGrid(double[] points, int cells) {
  /**
   * Values of the hat functions, {@code [points, cells + 1]}: velocity = hats · knot velocities.
   */
  double[][] hats() {
    return matrix(cells + 1, (x, j) -> Math.max(0, 1 - Math.abs(cells * x - j)));
  }

  /** Ones at the cell a point starts in, {@code [points, cells]}. */
  double[][] start(boolean right) {
    return matrix(cells, (x, c) -> c == startCell(x, right) ? 1 : 0);
  }

  /** Ones at the cells ahead of the one a point starts in, {@code [points, cells]}. */
  double[][] ahead(boolean right) {
    return matrix(
        cells, (x, c) -> (right ? c > startCell(x, true) : c < startCell(x, false)) ? 1 : 0);
  }

  /** Distance to the end of the cell a point starts in, {@code [points, 1]}. */
  double[][] distance(boolean right) {
    return column(
        x -> {
          int cell = startCell(x, right);
          return right ? (cell + 1.0) / cells - x : x - (double) cell / cells;
        });
  }

  /** The points, {@code [points, 1]}. */
  double[][] column() {
    return column(x -> x);
  }

  /** {@code [1, cells]}: where each cell begins, or ends. */
  static double[][] cellEnds(int cells, boolean right) {
    return new double[][] {row(cells, c -> (double) (right ? c + 1 : c) / cells)};
  }

  /** {@code [cells, cells]}: sums over a cell and those passed before it. */
  static double[][] sumOfPassed(int cells, boolean right) {
    return square(cells, (from, to) -> (right ? from <= to : from >= to) ? 1 : 0);
  }

  /** {@code [cells, cells]}: from a cell to the next one. */
  static double[][] next(int cells, boolean right) {
    return square(cells, (from, to) -> to == (right ? from + 1 : from - 1) ? 1 : 0);
  }

  private int startCell(double x, boolean right) {
    double scaled = cells * x;
    int cell = (int) (right ? Math.floor(scaled) : Math.ceil(scaled) - 1);
    return Math.max(0, Math.min(cells - 1, cell));
  }

  private interface Entry {
    double at(double x, int column);
  }

  private interface CellPair {
    double at(int from, int to);
  }

  private double[][] matrix(int columns, Entry entry) {
    return Arrays.stream(points)
        .mapToObj(x -> row(columns, c -> entry.at(x, c)))
        .toArray(double[][]::new);
  }

  private double[][] column(DoubleUnaryOperator value) {
    return matrix(1, (x, c) -> value.applyAsDouble(x));
  }

  private static double[][] square(int cells, CellPair pair) {
    double[][] m = new double[cells][];
    Arrays.setAll(m, from -> row(cells, to -> pair.at(from, to)));
    return m;
  }

  private static double[] row(int columns, IntToDoubleFunction value) {
    double[] row = new double[columns];
    Arrays.setAll(row, value);
    return row;
  }
}
