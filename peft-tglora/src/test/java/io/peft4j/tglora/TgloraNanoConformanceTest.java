package io.peft4j.tglora;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.NanoBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** {@link TgloraMethod} on the backbones that ship. */
class TgloraNanoConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("tglora")
        .on(NanoBackbones.swin())
        .on(NanoBackbones.pvt())
        .withMerging("ranks that fit", Map.of("rank", "8", "lastStageRank", "8"));
  }
}
