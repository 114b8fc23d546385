package io.peft4j.backbones.swin;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.backbones.build.Dimensions;
import io.peft4j.backbones.build.Padding;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Token grids, windows and shifts of every stage, by the two published rules. */
final class SwinGeometry {
  private SwinGeometry() {}

  /**
   * The stages for the image size of a configuration.
   *
   * @throws InputException if the size does not fit, naming the nearest that do
   */
  static ImmutableList<SwinStage> stages(SwinConfig c) {
    return stages(c, c.imageHeight(), c.imageWidth())
        .orElseThrow(() -> new InputException(refusal(c)));
  }

  private static Optional<ImmutableList<SwinStage>> stages(
      SwinConfig c, int imageHeight, int imageWidth) {
    boolean pads = c.padding() == Padding.PAD;
    int p = c.patchSize();
    if (imageHeight < p || imageWidth < p || (!pads && (imageHeight % p | imageWidth % p) != 0)) {
      return Optional.empty();
    }
    int height = imageHeight / p;
    int columns = imageWidth / p;
    ImmutableList.Builder<SwinStage> stages = ImmutableList.builder();
    for (int s = 0; s < c.stages(); s++) {
      SwinStage stage = pads ? padded(c, s, height, columns) : exact(c, s, height, columns);
      boolean merges = s < c.stages() - 1;
      boolean odd = merges && (height % 2 | columns % 2) != 0;
      boolean fits = stage.paddedHeight() == height && stage.paddedColumns() == columns && !odd;
      if (!pads && !fits) {
        return Optional.empty();
      }
      stages.add(stage);
      height = stage.mergedHeight();
      columns = stage.mergedColumns();
    }
    return Optional.of(stages.build());
  }

  /** The original code: a window that is not smaller than the grid becomes the grid, unshifted. */
  private static SwinStage exact(SwinConfig c, int s, int height, int columns) {
    int shortest = Math.min(height, columns);
    int window = Math.min(c.windowSize(), shortest);
    int shift = shortest <= c.windowSize() ? 0 : window / 2;
    return stage(c, s, height, columns, window, shift, shift);
  }

  /** torchvision: windows keep their size; an axis that is one window is not shifted. */
  private static SwinStage padded(SwinConfig c, int s, int height, int columns) {
    int window = c.windowSize();
    int down = window >= Dimensions.roundUp(height, window) ? 0 : window / 2;
    int right = window >= Dimensions.roundUp(columns, window) ? 0 : window / 2;
    return stage(c, s, height, columns, window, down, right);
  }

  private static SwinStage stage(
      SwinConfig c, int s, int height, int columns, int window, int down, int right) {
    return new SwinStage(
        s,
        c.depths().get(s),
        c.width(s),
        c.numHeads().get(s),
        height,
        columns,
        window,
        Dimensions.roundUp(height, window),
        Dimensions.roundUp(columns, window),
        down,
        right);
  }

  private static String refusal(SwinConfig c) {
    String image = "%s: an image of %dx%d".formatted(c.id(), c.imageHeight(), c.imageWidth());
    if (c.padding() == Padding.PAD) {
      return image
          + " is smaller than a patch of %1$dx%1$d; use a larger one".formatted(c.patchSize());
    }
    int merging = 1 << (c.stages() - 1);
    int unit = c.patchSize() * merging * c.windowSize();
    return image
        + " does not fit: height and width must be multiples of %d (patch %d x merging %d x window %d)"
            .formatted(unit, c.patchSize(), merging, c.windowSize())
        + ", or such that every stage is whole windows; nearest that work: %s; or choose padding"
            .formatted(String.join(", ", nearest(c)));
  }

  /** The nearest fitting size that is not larger on either axis, and the nearest not smaller. */
  private static List<String> nearest(SwinConfig c) {
    int unit = c.patchSize() << (c.stages() - 1);
    int sure = unit * c.windowSize();
    int[] below = new int[2];
    int[] above = {Integer.MAX_VALUE, 0};
    for (int h = unit; h <= Dimensions.roundUp(c.imageHeight(), sure); h += unit) {
      for (int w = unit; w <= Dimensions.roundUp(c.imageWidth(), sure); w += unit) {
        boolean isBelow = h <= c.imageHeight() && w <= c.imageWidth();
        boolean isAbove = h >= c.imageHeight() && w >= c.imageWidth();
        if ((isBelow || isAbove) && stages(c, h, w).isPresent()) {
          if (isBelow && h + w > below[0] + below[1]) {
            below = new int[] {h, w};
          }
          if (isAbove && (long) h + w < (long) above[0] + above[1]) {
            above = new int[] {h, w};
          }
        }
      }
    }
    List<String> sizes = new ArrayList<>();
    if (below[0] > 0) {
      sizes.add(below[0] + "x" + below[1]);
    }
    sizes.add(above[0] + "x" + above[1]);
    return sizes;
  }
}
