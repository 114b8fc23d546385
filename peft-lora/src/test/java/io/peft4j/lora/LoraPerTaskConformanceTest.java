package io.peft4j.lora;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on one {@link LoraMethod} per task. */
class LoraPerTaskConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("lora")
        .perTask()
        .withMerging(
            "biases and norms unfrozen",
            Map.of("rank", "2", "targets", "qkv", "bias", "all", "unfreeze", "norms"));
  }
}
