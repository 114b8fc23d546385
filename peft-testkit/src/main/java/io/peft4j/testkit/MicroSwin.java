package io.peft4j.testkit;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.swin.SwinConfig;
import io.peft4j.backbones.weights.WeightSource;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Two stages of two blocks for 32×32 images, drop-path included: every kind of place, site and
 * parameter that larger Swins have.
 */
final class MicroSwin implements BackboneUnderTest {
  private static final long SEED = 11;
  private static final SwinConfig CONFIG =
      Swin.preset("swin-nano")
          .withId("swin-micro")
          .withStages(8, List.of(2, 2), List.of(1, 2))
          .withWindowSize(4)
          .withDropPath(0.1)
          .withImage(32, 32);

  @Override
  public String name() {
    return CONFIG.id();
  }

  @Override
  public Backbone build(DataType type) {
    return Swin.build(CONFIG, WeightSource.random(SEED), type);
  }

  @Override
  public Backbone buildForCounting() {
    return Swin.build(CONFIG, WeightSource.shapesOnly(), DataType.FLOAT);
  }
}
