package io.peft4j.backbones.swin;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Index arithmetic of windows: relative positions and shift masks (Liu et al. 2021, 3.2). */
final class Windows {
  /** What the published code adds to the scores of tokens that a shift brought together. */
  private static final double BLOCKED = -100;

  private Windows() {}

  /**
   * For tokens i, j of a window, at {@code i·N + j}: the row of the bias table, {@code (Δrow + M -
   * 1)(2M - 1) + Δcolumn + M - 1} with Δ = position of i minus position of j.
   */
  static int[] relativePositions(int window) {
    int n = window * window;
    int[] index = new int[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        int down = i / window - j / window + window - 1;
        int right = i % window - j % window + window - 1;
        index[i * n + j] = down * (2 * window - 1) + right;
      }
    }
    return index;
  }

  /**
   * Mask {@code [windows, N, N]} of the shifted blocks of a stage: 0 between tokens that were
   * neighbours before the shift, -100 between others.
   */
  static INDArray shiftMask(SwinStage stage, DataType type) {
    int n = stage.windowTokens();
    int[] rows = regions(stage.paddedHeight(), stage.window(), stage.shiftDown());
    int[] columns = regions(stage.paddedColumns(), stage.window(), stage.shiftRight());
    float[] mask = new float[stage.windows() * n * n];
    int[] region = new int[n];
    for (int w = 0; w < stage.windows(); w++) {
      int top = w / stage.windowColumns() * stage.window();
      int left = w % stage.windowColumns() * stage.window();
      for (int i = 0; i < n; i++) {
        region[i] = 3 * rows[top + i / stage.window()] + columns[left + i % stage.window()];
      }
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          mask[(w * n + i) * n + j] = region[i] == region[j] ? 0 : (float) BLOCKED;
        }
      }
    }
    return Nd4j.createFromArray(mask).castTo(type).reshape('c', stage.windows(), n, n);
  }

  /** After the shift: 0 inside, 1 in the last window before the seam, 2 beyond the seam. */
  private static int[] regions(int size, int window, int shift) {
    int[] region = new int[size];
    for (int i = 0; i < size && shift > 0; i++) {
      region[i] = i < size - window ? 0 : i < size - shift ? 1 : 2;
    }
    return region;
  }
}
