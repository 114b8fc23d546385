package io.peft4j.baselines.vera;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link VeraMethod}. */
class VeraConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("vera")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withMerging("one adapter for all tasks", Map.of("rank", "4"))
        .withMerging(
            "one adapter per task, with dropout",
            Map.of("rank", "3", "perTask", "true", "dropout", "0.1", "targets", "proj,fc2"))
        .refuses("rank", "0")
        .refuses("dInitial", "0")
        .refuses("dropout", "1")
        .refuses("targets", "re:(");
  }
}
