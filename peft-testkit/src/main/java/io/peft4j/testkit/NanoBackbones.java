package io.peft4j.testkit;

import io.peft4j.backbones.Backbones;

/**
 * The backbones that ship, with random weights: every stage, site and window as a user has them,
 * but several times the work of {@link MicroBackbones}. One configuration of a method is enough on
 * them.
 */
public final class NanoBackbones {
  private static final long SEED = 11;

  private NanoBackbones() {}

  /** {@code swin-nano}. */
  public static BackboneUnderTest swin() {
    return named("swin-nano");
  }

  /** {@code pvt-nano}. */
  public static BackboneUnderTest pvt() {
    return named("pvt-nano");
  }

  private static BackboneUnderTest named(String preset) {
    return BackboneUnderTest.random(Backbones.named(preset), SEED);
  }
}
