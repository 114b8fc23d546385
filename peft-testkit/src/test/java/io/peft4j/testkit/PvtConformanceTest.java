package io.peft4j.testkit;

import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.pvt.Pvt;
import io.peft4j.backbones.pvt.PvtConfig;
import io.peft4j.backbones.pvt.PvtConfig.Stage;
import java.util.List;

/**
 * PVTs of all shapes keep the laws of backbones: dense, with a class token, padded, with positions
 * of other images, without biases.
 */
class PvtConformanceTest extends BackboneConformance {
  private static final PvtConfig SMALL =
      Pvt.preset("pvt-nano")
          .withStages(List.of(new Stage(4, 2, 1, 2, 2), new Stage(8, 1, 2, 2, 1)))
          .withTables(16, 16)
          .withImage(16, 16);

  @Override
  protected List<BackboneUnderTest> backbones() {
    return List.of(
        random(SMALL.withId("dense").withImage(32, 16).withTables(32, 16)),
        random(SMALL.withId("class token").withClassToken(true)),
        random(SMALL.withId("resized positions").withImage(16, 32)),
        random(
            SMALL
                .withId("padded class token")
                .withClassToken(true)
                .withImage(29, 20)
                .withPadding(Padding.PAD)),
        random(SMALL.withId("no qkv bias").withQkvBias(false)),
        random(SMALL.withId("drop-path").withDropPath(0.3)));
  }

  private static BackboneUnderTest random(PvtConfig config) {
    return BackboneUnderTest.random(config, 4);
  }
}
