package io.peft4j.backbones.swin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Laws of relative positions and shift masks. */
class WindowsProperties {
  /** Swapping two tokens mirrors their offset; every offset of the table is used. */
  @Property(tries = 8)
  void relativePositionsMirrorAndCoverTheTable(@ForAll @IntRange(min = 1, max = 8) int window) {
    int n = window * window;
    int entries = (2 * window - 1) * (2 * window - 1);
    int[] index = Windows.relativePositions(window);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        assertEquals(entries - 1, index[i * n + j] + index[j * n + i]);
      }
    }
    assertEquals(entries, Arrays.stream(index).distinct().count());
  }

  /**
   * Two tokens of a shifted window see each other exactly if the shift did not carry one of them
   * across the border of the image, told here from their positions before the shift.
   */
  @Property(tries = 20)
  void shiftMaskSeparatesTokensThatWereNoNeighbours(
      @ForAll @IntRange(min = 2, max = 5) int window,
      @ForAll @IntRange(min = 2, max = 3) int down,
      @ForAll @IntRange(min = 2, max = 3) int across) {
    SwinConfig config =
        Swin.preset("swin-nano")
            .withStages(8, List.of(2), List.of(1))
            .withWindowSize(window)
            .withPatchSize(1)
            .withImage(down * window, across * window);
    SwinStage stage = SwinGeometry.stages(config).get(0);
    INDArray mask = Windows.shiftMask(stage, DataType.FLOAT);
    int n = window * window;
    for (int w = 0; w < stage.windows(); w++) {
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          boolean near =
              Math.abs(row(stage, w, i) - row(stage, w, j)) < window
                  && Math.abs(column(stage, w, i) - column(stage, w, j)) < window;
          assertEquals(near ? 0f : -100f, mask.getFloat(w, i, j));
        }
      }
    }
  }

  private static int row(SwinStage s, int window, int token) {
    int shifted = window / s.windowColumns() * s.window() + token / s.window();
    return (shifted + s.shiftDown()) % s.paddedHeight();
  }

  private static int column(SwinStage s, int window, int token) {
    int shifted = window % s.windowColumns() * s.window() + token % s.window();
    return (shifted + s.shiftRight()) % s.paddedColumns();
  }
}
