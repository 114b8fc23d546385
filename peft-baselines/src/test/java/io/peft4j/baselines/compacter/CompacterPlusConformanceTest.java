package io.peft4j.baselines.compacter;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link CompacterPlusMethod}. */
class CompacterPlusConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("compacter-plus")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withoutMerging(
            "from the identity, of rank 2", Map.of("init", "identity", "rank", "2", "terms", "2"))
        .refuses("terms", "0")
        .refuses("scale", "0");
  }
}
