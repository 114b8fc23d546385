package io.peft4j.ditask;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.NanoBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** {@link DitaskMethod} on the backbones that ship: minutes, so only with -Dpeft.long=true. */
@EnabledIfSystemProperty(named = "peft.long", matches = "true")
class DitaskNanoConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("ditask")
        .on(NanoBackbones.swin())
        .on(NanoBackbones.pvt())
        .withMerging("defaults", Map.of());
  }
}
