package io.peft4j.baselines.vpt;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link VptDeepMethod}. */
class VptConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("vpt-deep")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withoutMerging("one set of prompts for all tasks", Map.of("prompts", "3"))
        .withoutMerging(
            "prompts of each task, from zero",
            Map.of("prompts", "1", "perTask", "true", "init", "zeros"))
        .withoutMerging("prompts that are normalised", Map.of("prompts", "2", "official", "true"))
        .refuses("prompts", "0")
        .refuses("init", "random");
  }
}
