package io.peft4j.backbones.swin;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.backbones.build.Padding;
import java.util.List;

/** The named architectures. */
final class SwinPresets {
  /** Input of the multi-task papers. */
  private static final int PAPER_IMAGE = 448;

  private static final ImmutableMap<String, SwinConfig> PRESETS =
      ImmutableMap.<String, SwinConfig>builder()
          .put("swin-nano", nano())
          .put("swin-tiny", published("swin-tiny", 96, 6, 3))
          .put("swin-small", published("swin-small", 96, 18, 3))
          .put("swin-base", published("swin-base", 128, 18, 4))
          .put("swin-large", published("swin-large", 192, 18, 6))
          .build();

  private SwinPresets() {}

  static ImmutableList<String> names() {
    return PRESETS.keySet().asList();
  }

  static SwinConfig named(String name) {
    SwinConfig found = PRESETS.get(name);
    if (found == null) {
      throw new InputException(
          "no backbone '%s'%s".formatted(name, NearestName.hint(name, PRESETS.keySet())));
    }
    return found;
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
