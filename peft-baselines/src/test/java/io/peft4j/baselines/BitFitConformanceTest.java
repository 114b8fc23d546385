package io.peft4j.baselines;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link BitFitMethod}. */
class BitFitConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("bitfit")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withMerging("shared", Map.of())
        .withMerging("biases alone", Map.of("positionBias", "false"))
        .withMerging("one model per task", Map.of("perTask", "true"))
        .refuses("positionBias", "some");
  }
}
