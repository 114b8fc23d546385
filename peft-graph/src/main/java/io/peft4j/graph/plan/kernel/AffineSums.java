package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Value;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * {@code Σ g·x̂} and {@code Σ g} over rows: of each part of a loop by itself, so that any number of
 * threads gives the same bits, and of a block of rows within it, since short sums are the more
 * exact ones.
 */
final class AffineSums {
  private final FloatBuffer gain;
  private final FloatBuffer offset;
  private final int width;
  private final float[][] gains;
  private final float[][] offsets;
  private final float[][] blocks;

  /** Sums to be written to the gradients of gain and offset. */
  AffineSums(List<Value> gradients, Memory memory) {
    gain = Host.plain(gradients.get(0), memory);
    offset = Host.plain(gradients.get(1), memory);
    width = gain.limit();
    gains = new float[Parallel.PARTS][width];
    offsets = new float[Parallel.PARTS][width];
    blocks = new float[Parallel.PARTS][width];
  }

  void start() {
    for (int part = 0; part < gains.length; part++) {
      Arrays.fill(gains[part], 0);
      Arrays.fill(offsets[part], 0);
    }
  }

  /** Adds a block of rows. */
  void add(float[] normal, float[] g, int rows, int part) {
    float[] block = blocks[part];
    Arrays.fill(block, 0);
    for (int row = 0; row < rows; row++) {
      addProduct(block, normal, g, row * width);
    }
    add(gains[part], block, 0);
    Arrays.fill(block, 0);
    for (int row = 0; row < rows; row++) {
      add(block, g, row * width);
    }
    add(offsets[part], block, 0);
  }

  private static void addProduct(float[] sums, float[] x, float[] g, int at) {
    for (int j = 0; j < sums.length; j++) {
      sums[j] += g[at + j] * x[at + j];
    }
  }

  private static void add(float[] sums, float[] x, int at) {
    for (int j = 0; j < sums.length; j++) {
      sums[j] += x[at + j];
    }
  }

  void finish() {
    for (int part = 1; part < gains.length; part++) {
      add(gains[0], gains[part], 0);
      add(offsets[0], offsets[part], 0);
    }
    gain.put(0, gains[0]);
    offset.put(0, offsets[0]);
  }
}
