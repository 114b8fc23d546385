package io.peft4j.backbones.pvt;

import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.build.Presets;
import io.peft4j.backbones.pvt.PvtConfig.Stage;
import java.util.List;

/** The named architectures. */
final class PvtPresets {
  /** Input of the multi-task papers. */
  private static final int PAPER_IMAGE = 448;

  /** Input that the published checkpoints were trained on. */
  private static final int CHECKPOINT_IMAGE = 224;

  private static final int NANO_IMAGE = 64;

  /** All, smallest first. */
  static final Presets<PvtConfig> ALL =
      Presets.of(
          List.of(
              nano(),
              published("pvt-tiny", 2, 2, 2, 2),
              published("pvt-small", 3, 4, 6, 3),
              published("pvt-medium", 3, 4, 18, 3),
              published("pvt-large", 3, 8, 27, 3)));

  private PvtPresets() {}

  /** Wang et al. 2021, table 1: only depths vary. */
  private static PvtConfig published(String id, int first, int second, int third, int fourth) {
    return dense(
        id,
        List.of(
            new Stage(64, first, 1, 8, 8),
            new Stage(128, second, 2, 8, 4),
            new Stage(320, third, 5, 4, 2),
            new Stage(512, fourth, 8, 4, 1)),
        PAPER_IMAGE,
        CHECKPOINT_IMAGE);
  }

  /** A PVT small enough to train on a laptop: 64×64 images, head width 32. */
  private static PvtConfig nano() {
    return dense(
        "pvt-nano",
        List.of(
            new Stage(32, 2, 1, 8, 8),
            new Stage(64, 2, 2, 8, 4),
            new Stage(96, 2, 3, 4, 2),
            new Stage(128, 2, 4, 4, 1)),
        NANO_IMAGE,
        NANO_IMAGE);
  }

  private static PvtConfig dense(String id, List<Stage> stages, int image, int table) {
    return new PvtConfig(
        id, stages, 4, 3, image, image, table, table, true, 0, false, 0, Padding.REFUSE);
  }
}
