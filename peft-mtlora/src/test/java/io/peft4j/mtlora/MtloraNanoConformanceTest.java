package io.peft4j.mtlora;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.NanoBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** {@link MtloraMethod} on the backbones that ship. */
class MtloraNanoConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("mtlora")
        .on(NanoBackbones.swin())
        .on(NanoBackbones.pvt())
        .withoutMerging("defaults", Map.of());
  }
}
