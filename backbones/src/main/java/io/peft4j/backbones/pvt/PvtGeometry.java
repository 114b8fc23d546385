package io.peft4j.backbones.pvt;

import com.google.common.collect.ImmutableList;
import com.google.common.math.IntMath;
import io.peft4j.api.InputException;
import io.peft4j.backbones.build.Dimensions;
import io.peft4j.backbones.build.Padding;
import java.util.ArrayList;
import java.util.List;

/** Token grids of every stage. */
final class PvtGeometry {
  /** A patch embedding after the first merges squares of this edge. */
  static final int MERGING = 2;

  private PvtGeometry() {}

  /**
   * The stages for the image size of a configuration.
   *
   * @throws InputException if the size does not fit, naming the nearest that do
   */
  static ImmutableList<PvtStage> stages(PvtConfig c) {
    int p = c.patchSize();
    boolean pads = c.padding() == Padding.PAD;
    int unit = unit(c);
    if (!pads && (c.imageHeight() % unit != 0 || c.imageWidth() % unit != 0)) {
      throw new InputException(refusal(c, unit));
    }
    if (c.imageHeight() < p || c.imageWidth() < p) {
      throw new InputException(
          "%s: an image of %dx%d is smaller than a patch of %4$dx%4$d; use a larger one"
              .formatted(c.id(), c.imageHeight(), c.imageWidth(), p));
    }
    int height = c.imageHeight() / p;
    int columns = c.imageWidth() / p;
    int last = c.stages().size() - 1;
    ImmutableList.Builder<PvtStage> stages = ImmutableList.builder();
    for (int s = 0; s <= last; s++) {
      stages.add(
          new PvtStage(
              s,
              c.stages().get(s),
              height,
              columns,
              c.tableHeight() / p >> s,
              c.tableWidth() / p >> s,
              s == last,
              s == last && c.classToken()));
      height = Dimensions.roundUp(height, MERGING) / MERGING;
      columns = Dimensions.roundUp(columns, MERGING) / MERGING;
    }
    return stages.build();
  }

  /** Sizes that are multiples of this leave whole squares in every stage. */
  private static int unit(PvtConfig c) {
    int unit = 1;
    for (int s = 0; s < c.stages().size(); s++) {
      int stride = (c.patchSize() << s) * c.stages().get(s).reduction();
      unit = unit / IntMath.gcd(unit, stride) * stride;
    }
    return unit;
  }

  private static String refusal(PvtConfig c, int unit) {
    int below = Math.min(c.imageHeight(), c.imageWidth()) / unit;
    List<String> nearest = new ArrayList<>();
    if (below > 0) {
      nearest.add(c.imageHeight() / unit * unit + "x" + c.imageWidth() / unit * unit);
    }
    nearest.add(
        Dimensions.roundUp(c.imageHeight(), unit) + "x" + Dimensions.roundUp(c.imageWidth(), unit));
    return "%s: an image of %dx%d does not fit: height and width must be multiples of %d"
            .formatted(c.id(), c.imageHeight(), c.imageWidth(), unit)
        + " (the stride of a stage x its spatial reduction); nearest that work: %s; or choose padding"
            .formatted(String.join(", ", nearest));
  }
}
