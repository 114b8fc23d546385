package io.peft4j.baselines.vpt;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link VptShallowMethod} with prompts that travel. */
class VptOfficialConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("vpt-shallow")
        .withoutMerging(
            "through all blocks", Map.of("prompts", "8", "official", "true", "init", "official"))
        .withoutMerging(
            "of each task", Map.of("prompts", "8", "official", "true", "perTask", "true"));
  }
}
