package io.peft4j.mtlora;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/**
 * The conformance kit on one {@link MtloraMethod} per task, each with a shared stream of its own.
 */
class MtloraPerTaskConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("mtlora")
        .perTask()
        .withoutMerging("as published", Map.of("sharedRank", "2", "taskRank", "2"));
  }
}
