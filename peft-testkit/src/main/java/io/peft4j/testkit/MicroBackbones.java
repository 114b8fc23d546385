package io.peft4j.testkit;

import io.peft4j.backbones.pvt.Pvt;
import io.peft4j.backbones.pvt.PvtConfig.Stage;
import io.peft4j.backbones.swin.Swin;
import java.util.List;

/**
 * The smallest backbones that have every kind of place, site and parameter of their family, for
 * 32×32 images, drop-path included. A method that should run on both families names both in {@link
 * ConformanceSpec#on}.
 */
public final class MicroBackbones {
  private static final long SEED = 11;

  private MicroBackbones() {}

  /** Two stages of two blocks, half of them with shifted windows. */
  public static BackboneUnderTest swin() {
    return BackboneUnderTest.random(
        Swin.preset("swin-nano")
            .withId("swin-micro")
            .withStages(8, List.of(2, 2), List.of(1, 2))
            .withWindowSize(4)
            .withDropPath(0.1)
            .withImage(32, 32),
        SEED);
  }

  /**
   * Two stages of two blocks: spatial reduction in the first, a class token in the second, and
   * position tables of smaller images.
   */
  public static BackboneUnderTest pvt() {
    return BackboneUnderTest.random(
        Pvt.preset("pvt-nano")
            .withId("pvt-micro")
            .withStages(List.of(new Stage(8, 2, 1, 4, 4), new Stage(16, 2, 2, 2, 1)))
            .withClassToken(true)
            .withTables(16, 16)
            .withDropPath(0.1)
            .withImage(32, 32),
        SEED);
  }
}
