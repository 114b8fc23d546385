package io.peft4j.graph.plan.kernel;

import java.util.Arrays;

/**
 * Means and variances of columns in one pass: those of each block about its own means, joined
 * pairwise (Chan, Golub and LeVeque 1983), each part of a loop by itself, so that any number of
 * threads gives the same bits.
 */
final class ColumnMoments {
  private final int width;
  private final int[] counts = new int[Parallel.PARTS];
  private final float[][] means;
  private final float[][] squares;
  private final float[][] blockMeans;
  private final float[][] blockSquares;

  ColumnMoments(int width) {
    this.width = width;
    means = new float[Parallel.PARTS][width];
    squares = new float[Parallel.PARTS][width];
    blockMeans = new float[Parallel.PARTS][width];
    blockSquares = new float[Parallel.PARTS][width];
  }

  void start() {
    Arrays.fill(counts, 0);
  }

  /** Adds rows. */
  void add(float[] rows, int length, int part) {
    float[] mean = blockMeans[part];
    float[] square = blockSquares[part];
    int count = length / width;
    Arrays.fill(mean, 0);
    for (int at = 0; at < length; at += width) {
      add(mean, rows, at);
    }
    divide(mean, count);
    Arrays.fill(square, 0);
    for (int at = 0; at < length; at += width) {
      addSquares(square, rows, at, mean);
    }
    join(part, mean, square, count);
  }

  private static void add(float[] sums, float[] rows, int at) {
    for (int j = 0; j < sums.length; j++) {
      sums[j] += rows[at + j];
    }
  }

  private static void divide(float[] x, float by) {
    for (int j = 0; j < x.length; j++) {
      x[j] /= by;
    }
  }

  private static void addSquares(float[] sums, float[] rows, int at, float[] mean) {
    for (int j = 0; j < sums.length; j++) {
      float d = rows[at + j] - mean[j];
      sums[j] += d * d;
    }
  }

  private void join(int part, float[] mean, float[] square, int count) {
    int before = counts[part];
    counts[part] = before + count;
    if (before == 0) {
      System.arraycopy(mean, 0, means[part], 0, width);
      System.arraycopy(square, 0, squares[part], 0, width);
      return;
    }
    float share = (float) count / counts[part];
    join(means[part], squares[part], mean, square, share, before * share);
  }

  private static void join(
      float[] mean, float[] square, float[] mean2, float[] square2, float share, float weight) {
    for (int j = 0; j < mean.length; j++) {
      float d = mean2[j] - mean[j];
      mean[j] += d * share;
      square[j] += square2[j] + d * d * weight;
    }
  }

  /** Writes means and (biased) variances. */
  void finish(float[] mean, float[] variance) {
    for (int part = 1; part < means.length; part++) {
      if (counts[part] > 0) {
        join(0, means[part], squares[part], counts[part]);
      }
    }
    System.arraycopy(means[0], 0, mean, 0, width);
    System.arraycopy(squares[0], 0, variance, 0, width);
    divide(variance, counts[0]);
  }
}
