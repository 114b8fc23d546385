package io.peft4j.backbones.swin;

import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.build.Presets;
import java.util.List;

/** The named architectures. */
final class SwinPresets {
  /** Input of the multi-task papers. */
  private static final int PAPER_IMAGE = 448;

  /** All, smallest first. */
  static final Presets<SwinConfig> ALL =
      Presets.of(
          List.of(
              nano(),
              published("swin-tiny", 96, 6, 3),
              published("swin-small", 96, 18, 3),
              published("swin-base", 128, 18, 4),
              published("swin-large", 192, 18, 6)));

  private SwinPresets() {}

  /** Whether the window is that of the named architecture, so that nobody has asked for another. */
  static boolean hasWindow(SwinConfig c) {
    return ALL.names().contains(c.id()) && ALL.named(c.id()).windowSize() == c.windowSize();
  }

  /** Liu et al. 2021, section 3.3: window 7, head width 32, MLP ratio 4; only stage 3 varies. */
  private static SwinConfig published(String id, int embedDim, int depth, int heads) {
    return new SwinConfig(
        id,
        embedDim,
        List.of(2, 2, depth, 2),
        List.of(heads, 2 * heads, 4 * heads, 8 * heads),
        7,
        4,
        4,
        3,
        PAPER_IMAGE,
        PAPER_IMAGE,
        true,
        0,
        0,
        Padding.REFUSE,
        1e-5);
  }

  /** A Swin small enough to train on a laptop: 64×64 images, head width 24, window 4. */
  private static SwinConfig nano() {
    return published("swin-nano", 24, 2, 1).withWindowSize(4).withImage(64, 64);
  }
}
