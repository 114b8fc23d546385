package io.peft4j.mtlora;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** {@link MtloraMethod} on PVT, whose queries stand apart from keys and values. */
class MtloraPvtConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("mtlora")
        .on(MicroBackbones.pvt())
        .withoutMerging("as published", Map.of("sharedRank", "2", "taskRank", "2"))
        .withMerging(
            "paper's equation, a pair each for key and value",
            Map.of("sharedRank", "2", "taskRank", "1", "form", "paper", "splitQkv", "true"));
  }
}
