package io.peft4j.graph.plan.kernel;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Means and variances of columns: each part of a loop about its own means, which it finds while its
 * rows are in the cache, then joined (Chan, Golub and LeVeque 1983), so that any number of threads
 * gives the same bits.
 */
final class ColumnMoments {
  private final int width;
  private final Blocks blocks;
  private final int[] counts = new int[Parallel.PARTS];
  private final float[][] means;
  private final float[][] squares;

  ColumnMoments(int width, Blocks blocks) {
    this.width = width;
    this.blocks = blocks;
    means = new float[Parallel.PARTS][width];
    squares = new float[Parallel.PARTS][width];
  }

  void start() {
    Arrays.fill(counts, 0);
  }

  /** Adds a part's blocks. */
  void add(FloatBuffer x, int from, int to, int part) {
    float[][] tiles = Tile.own(blocks.length());
    float[] rows = tiles[0];
    float[] sums = tiles[1];
    float[] centre = tiles[2];
    Arrays.fill(sums, 0);
    int count = 0;
    for (int block = from; block < to; block++) {
      int length = blocks.load(x, block, rows);
      add(sums, rows, length);
      count += length / width;
    }
    blocks.fold(sums, means[part]);
    divide(means[part], count);
    blocks.repeat(means[part], centre);
    Arrays.fill(sums, 0);
    for (int block = from; block < to; block++) {
      addSquares(sums, rows, centre, blocks.load(x, block, rows));
    }
    blocks.fold(sums, squares[part]);
    counts[part] = count;
  }

  private static void add(float[] sums, float[] x, int length) {
    for (int i = 0; i < length; i++) {
      sums[i] += x[i];
    }
  }

  private static void addSquares(float[] sums, float[] x, float[] centre, int length) {
    for (int i = 0; i < length; i++) {
      sums[i] += (x[i] - centre[i]) * (x[i] - centre[i]);
    }
  }

  private static void divide(float[] x, float by) {
    for (int j = 0; j < x.length; j++) {
      x[j] /= by;
    }
  }

  /** Writes means and (biased) variances. */
  void finish(float[] mean, float[] variance) {
    int total = 0;
    for (int part = 0; part < counts.length; part++) {
      if (counts[part] > 0) {
        total += counts[part];
        float share = (float) counts[part] / total;
        join(mean, variance, means[part], squares[part], share, (total - counts[part]) * share);
      }
    }
    divide(variance, total);
  }

  /** The first share is 1: what was there before is forgotten. */
  private static void join(
      float[] mean, float[] square, float[] others, float[] squares, float share, float weight) {
    if (weight == 0) {
      System.arraycopy(others, 0, mean, 0, mean.length);
      System.arraycopy(squares, 0, square, 0, mean.length);
      return;
    }
    for (int j = 0; j < mean.length; j++) {
      float d = others[j] - mean[j];
      mean[j] += d * share;
      square[j] += squares[j] + d * d * weight;
    }
  }
}
