package io.peft4j.testkit;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.swin.SwinConfig;
import io.peft4j.backbones.weights.WeightSource;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/** Swins of all shapes keep the laws of backbones: shifted, padded, without biases, one window. */
class SwinConformanceTest extends BackboneConformance {
  private static final SwinConfig SMALL =
      Swin.preset("swin-nano").withStages(4, List.of(2, 1), List.of(1, 2)).withWindowSize(2);

  @Override
  protected List<BackboneUnderTest> backbones() {
    return List.of(
        new Random(SMALL.withId("shifted windows").withImage(32, 16)),
        new Random(
            SMALL.withId("padded").withWindowSize(3).withImage(28, 20).withPadding(Padding.PAD)),
        new Random(SMALL.withId("no qkv bias").withQkvBias(false).withImage(16, 16)),
        new Random(SMALL.withId("drop-path").withDropPath(0.3).withImage(16, 16)),
        new Random(SMALL.withId("one window").withWindowSize(4).withImage(16, 16)));
  }

  /** A Swin with random weights. */
  private record Random(SwinConfig config) implements BackboneUnderTest {
    @Override
    public String name() {
      return config.id();
    }

    @Override
    public Backbone build(DataType type) {
      return Swin.build(config, WeightSource.random(4), type);
    }

    @Override
    public Backbone buildForCounting() {
      return Swin.build(config, WeightSource.shapesOnly(), DataType.FLOAT);
    }
  }
}
