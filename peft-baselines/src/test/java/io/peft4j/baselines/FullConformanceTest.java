package io.peft4j.baselines;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link FullMethod}. */
class FullConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("full")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withMerging("shared", Map.of())
        .withMerging("one model per task", Map.of("perTask", "true"))
        .refuses("perTask", "maybe");
  }
}
