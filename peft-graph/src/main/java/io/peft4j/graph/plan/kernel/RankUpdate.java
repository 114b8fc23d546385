package io.peft4j.graph.plan.kernel;

import java.nio.FloatBuffer;

/**
 * {@code c += α·a bᵀ} for a {@code [m, rank]} and b {@code [n, rank]} of few columns, some rows of
 * c at a time. An element is the same whichever rows come together.
 */
final class RankUpdate {
  private final FloatBuffer a;
  private final FloatBuffer b;
  private final float alpha;
  private final float[][] columns;

  RankUpdate(FloatBuffer a, FloatBuffer b, double alpha, int rank, int width) {
    this.a = a;
    this.b = b;
    this.alpha = (float) alpha;
    columns = new float[rank][width];
  }

  /** Reads b, which may have changed since the last run. */
  void start() {
    int rank = columns.length;
    int width = columns[0].length;
    float[] packed = Tile.own(rank * width)[0];
    b.get(0, packed, 0, rank * width);
    for (int r = 0; r < rank; r++) {
      float[] column = columns[r];
      for (int j = 0; j < width; j++) {
        column[j] = packed[j * rank + r] * alpha;
      }
    }
  }

  /**
   * Adds to rows of c.
   *
   * @param row the first of them
   * @param factors place for as many rows of a
   * @param line place for one row of c
   */
  void add(float[] rows, int row, int length, float[] factors, float[] line) {
    int rank = columns.length;
    int width = columns[0].length;
    a.get(row * rank, factors, 0, length / width * rank);
    if (length == width) {
      addLine(rows, factors, 0);
      return;
    }
    int factor = 0;
    for (int at = 0; at < length; at += width) {
      // Loops with one index are vectorised, those with an offset beside it are not.
      System.arraycopy(rows, at, line, 0, width);
      addLine(line, factors, factor);
      System.arraycopy(line, 0, rows, at, width);
      factor += rank;
    }
  }

  private void addLine(float[] line, float[] factors, int at) {
    int r = 0;
    for (; r + 4 <= columns.length; r += 4) {
      int i = at + r;
      addFour(line, columns, r, factors[i], factors[i + 1], factors[i + 2], factors[i + 3]);
    }
    for (; r < columns.length; r++) {
      addOne(line, columns[r], factors[at + r]);
    }
  }

  private static void addFour(
      float[] c, float[][] columns, int first, float w, float x, float y, float z) {
    float[] s = columns[first];
    float[] t = columns[first + 1];
    float[] u = columns[first + 2];
    float[] v = columns[first + 3];
    int width = s.length;
    for (int j = 0; j < width; j++) {
      c[j] += w * s[j] + x * t[j] + y * u[j] + z * v[j];
    }
  }

  private static void addOne(float[] c, float[] column, float factor) {
    int width = column.length;
    for (int j = 0; j < width; j++) {
      c[j] += factor * column[j];
    }
  }
}
