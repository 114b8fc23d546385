package io.peft4j.baselines.vpt;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link VptShallowMethod}. */
class VptShallowConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("vpt-shallow")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withoutMerging(
            "prompts of each task", Map.of("prompts", "20", "perTask", "true", "init", "official"))
        .refuses("prompts", "-1");
  }
}
