package io.peft4j.baselines;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on one {@link BitFitMethod} per task. */
class BitFitPerTaskConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("bitfit")
        .perTask()
        .on(MicroBackbones.pvt())
        .withMerging("copied", Map.of());
  }
}
