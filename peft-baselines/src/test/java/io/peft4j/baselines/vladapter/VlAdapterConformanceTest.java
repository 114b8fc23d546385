package io.peft4j.baselines.vladapter;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link VlAdapterMethod}. */
class VlAdapterConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("vl-adapter")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withoutMerging("one adapter for all tasks", Map.of())
        .withoutMerging(
            "down projections shared, from the identity",
            Map.of("sharing", "shared-down", "init", "identity", "norm", "pre", "reduction", "4"))
        .refuses("sharing", "half")
        .refuses("reduction", "-2")
        .refuses("scale", "0");
  }
}
