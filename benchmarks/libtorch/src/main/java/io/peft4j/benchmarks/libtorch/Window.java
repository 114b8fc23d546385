package io.peft4j.benchmarks.libtorch;

import org.bytedeco.pytorch.Tensor;

/**
 * Windows of a grid of tokens.
 *
 * @param height rows of the grid
 * @param width columns of the grid
 * @param edge tokens along an edge of a window
 * @param shift by how many tokens windows are shifted; 0 where one window covers the grid
 */
record Window(long height, long width, long edge, long shift) {
  /** What keeps tokens apart that the shift brought into one window. */
  private static final float APART = -100f;

  static Window of(long height, long width, long edge, boolean shifted) {
    if (height % edge != 0 || width % edge != 0) {
      throw new IllegalArgumentException(
          "%dx%d tokens are not divided by windows of %d".formatted(height, width, edge));
    }
    boolean moves = shifted && edge < height && edge < width;
    return new Window(height, width, edge, moves ? edge / 2 : 0);
  }

  long tokens() {
    return edge * edge;
  }

  int count() {
    return Math.toIntExact(height / edge * (width / edge));
  }

  /** Rows of tokens, window by window, from rows of the grid. */
  Tensor split(Tensor rows) {
    long channels = rows.size(1);
    Tensor grid = rows.view(-1, height, width, channels);
    if (shift > 0) {
      grid = grid.roll(new long[] {-shift, -shift}, 1, 2);
    }
    return grid.view(-1, height / edge, edge, width / edge, edge, channels)
        .permute(0, 1, 3, 2, 4, 5)
        .reshape(-1, channels);
  }

  /** Rows of the grid from rows of windows. */
  Tensor join(Tensor rows) {
    long channels = rows.size(1);
    Tensor grid =
        rows.view(-1, height / edge, width / edge, edge, edge, channels)
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(-1, height, width, channels);
    if (shift > 0) {
      grid = grid.roll(new long[] {shift, shift}, 1, 2);
    }
    return grid.view(-1, channels);
  }

  /** Added to logits of shifted windows: {@code [windows, 1, tokens, tokens]}. */
  Tensor mask() {
    int n = Math.toIntExact(tokens());
    float[] mask = new float[count() * n * n];
    for (int w = 0; w < count(); w++) {
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          mask[(w * n + i) * n + j] = region(w, i) == region(w, j) ? 0 : APART;
        }
      }
    }
    return Tensor.create(mask, count(), 1, n, n);
  }

  /** Which of the nine parts of the shifted grid a token of a window is from. */
  private long region(int window, int token) {
    long y = window / (width / edge) * edge + token / edge;
    long x = window % (width / edge) * edge + token % edge;
    return 3 * part(y, height) + part(x, width);
  }

  private long part(long at, long size) {
    if (at < size - edge) {
      return 0;
    }
    return at < size - shift ? 1 : 2;
  }

  /** Rows of the table of relative positions, for every pair of tokens of a window. */
  Tensor positions() {
    int e = Math.toIntExact(edge);
    long[] index = new long[e * e * e * e];
    for (int i = 0; i < e * e; i++) {
      for (int j = 0; j < e * e; j++) {
        int dy = i / e - j / e + e - 1;
        int dx = i % e - j % e + e - 1;
        index[i * e * e + j] = (long) dy * (2 * e - 1) + dx;
      }
    }
    return Tensor.create(index, index.length);
  }
}
