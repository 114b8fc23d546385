package io.peft4j.baselines;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link DecodersOnlyMethod}. */
class DecodersOnlyConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("decoders-only")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withMerging("default", Map.of());
  }
}
