package io.peft4j.baselines.ia3;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link Ia3Method}. */
class Ia3ConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("ia3")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withMerging("defaults", Map.of())
        .withMerging("values and MLP of each task", Map.of("parts", "v,ff", "perTask", "true"))
        .refuses("parts", "")
        .refuses("parts", "k,k")
        .refuses("parts", "q");
  }
}
