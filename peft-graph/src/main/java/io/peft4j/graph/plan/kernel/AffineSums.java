package io.peft4j.graph.plan.kernel;

import java.util.Arrays;

/**
 * {@code Σ g·x} and {@code Σ g} over rows: of each part of a loop by itself, so that any number of
 * threads gives the same bits, and within it of one row of each block by itself, since short sums
 * are the more exact ones.
 */
final class AffineSums {
  private final Blocks blocks;
  private final float[][] products;
  private final float[][] sums;

  AffineSums(int width, Blocks blocks) {
    this.blocks = blocks;
    products = new float[Parallel.PARTS][width];
    sums = new float[Parallel.PARTS][width];
  }

  /** Forgets what was summed. */
  void start() {
    clear(products);
    clear(sums);
  }

  private static void clear(float[][] parts) {
    for (float[] part : parts) {
      Arrays.fill(part, 0);
    }
  }

  /** The sums of a part while it runs, in arrays of a block's length. */
  record Part(float[] products, float[] sums) {
    /** Adds a block. */
    void add(float[] x, float[] g, int length) {
      add(products, sums, x, g, length);
    }

    private static void add(float[] products, float[] sums, float[] x, float[] g, int length) {
      for (int i = 0; i < length; i++) {
        products[i] += g[i] * x[i];
        sums[i] += g[i];
      }
    }
  }

  /** Starts a part with arrays of any content. */
  static Part part(float[] products, float[] sums) {
    Arrays.fill(products, 0);
    Arrays.fill(sums, 0);
    return new Part(products, sums);
  }

  /** Keeps what a part has summed. */
  void keep(Part done, int part) {
    blocks.fold(done.products(), products[part]);
    blocks.fold(done.sums(), sums[part]);
  }

  /** {@code Σ g·x}, once all parts are done. */
  float[] products() {
    return total(products);
  }

  /** {@code Σ g}. */
  float[] sums() {
    return total(sums);
  }

  private static float[] total(float[][] parts) {
    float[] total = parts[0];
    for (int part = 1; part < parts.length; part++) {
      for (int j = 0; j < total.length; j++) {
        total[j] += parts[part][j];
      }
    }
    return total;
  }
}
