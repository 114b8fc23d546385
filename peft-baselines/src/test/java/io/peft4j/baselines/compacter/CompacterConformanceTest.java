package io.peft4j.baselines.compacter;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link CompacterMethod}. */
class CompacterConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("compacter")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withoutMerging("defaults", Map.of())
        .withoutMerging(
            "one model per task, as in the multi-task benchmark",
            Map.of(
                "ruleStd", "0.01",
                "norm", "pre",
                "activation", "swish",
                "unfreeze", "",
                "perTask", "true"))
        .refuses("terms", "1")
        .refuses("rank", "0")
        .refuses("ruleStd", "-1")
        .refuses("reduction", "0");
  }
}
