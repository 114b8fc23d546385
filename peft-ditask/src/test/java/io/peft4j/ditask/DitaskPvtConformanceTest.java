package io.peft4j.ditask;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** {@link DitaskMethod} on PVT, whose fused keys and values are two parts, queries one. */
class DitaskPvtConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("ditask")
        .on(MicroBackbones.pvt())
        .withMerging("shared and per task", Map.of("sharedCells", "6"))
        .withMerging(
            "every layer, convolutions too, values, a θ for each of k and v",
            Map.of(
                "components", "shared",
                "targets", "all-linear,patch_embed,sr",
                "thetaPerPart", "true",
                "warp", "value",
                "sharedCells", "3"));
  }
}
