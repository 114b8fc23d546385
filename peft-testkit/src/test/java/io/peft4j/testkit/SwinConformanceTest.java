package io.peft4j.testkit;

import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.swin.SwinConfig;
import java.util.List;

/** Swins of all shapes keep the laws of backbones: shifted, padded, without biases, one window. */
class SwinConformanceTest extends BackboneConformance {
  private static final SwinConfig SMALL =
      Swin.preset("swin-nano").withStages(4, List.of(2, 1), List.of(1, 2)).withWindowSize(2);

  @Override
  protected List<BackboneUnderTest> backbones() {
    return List.of(
        random(SMALL.withId("shifted windows").withImage(32, 16)),
        random(SMALL.withId("padded").withWindowSize(3).withImage(28, 20).withPadding(Padding.PAD)),
        random(SMALL.withId("no qkv bias").withQkvBias(false).withImage(16, 16)),
        random(SMALL.withId("drop-path").withDropPath(0.3).withImage(16, 16)),
        random(SMALL.withId("one window").withWindowSize(4).withImage(16, 16)));
  }

  private static BackboneUnderTest random(SwinConfig config) {
    return BackboneUnderTest.random(config, 4);
  }
}
