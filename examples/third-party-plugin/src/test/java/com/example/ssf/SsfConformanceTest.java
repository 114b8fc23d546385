package com.example.ssf;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** SSF keeps every law of peft4j's conformance kit, and merges. */
class SsfConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("ssf")
        .withMerging("defaults", Map.of())
        .withMerging("MLPs, per task", Map.of("targets", "mlp", "perTask", "true"))
        .refuses("targets", "re:(");
  }
}
