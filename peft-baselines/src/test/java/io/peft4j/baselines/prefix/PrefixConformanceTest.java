package io.peft4j.baselines.prefix;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link PrefixMethod}. */
class PrefixConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("prefix")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withoutMerging("one set for all tasks", Map.of("prefixes", "3"))
        .withoutMerging(
            "made by a network of each task",
            Map.of(
                "prefixes",
                "4",
                "reparametrized",
                "true",
                "embedding",
                "3",
                "hidden",
                "4",
                "perTask",
                "true"))
        .refuses("prefixes", "0")
        .refuses("hidden", "0")
        .refuses("std", "-1");
  }
}
