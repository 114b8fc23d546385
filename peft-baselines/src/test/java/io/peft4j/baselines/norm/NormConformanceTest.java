package io.peft4j.baselines.norm;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link NormMethod}. */
class NormConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("norm")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withMerging("defaults", Map.of())
        .withMerging("gains of each task", Map.of("offsets", "false", "perTask", "true"))
        .refuses("gains", "some");
  }
}
