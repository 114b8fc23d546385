package io.peft4j.baselines.polyhistor;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link PolyhistorMethod}. */
class PolyhistorConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("polyhistor")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withoutMerging(
            "defaults but for sizes",
            Map.of("reduction", "4", "taskEmbedding", "8", "hidden", "8", "projected", "6"))
        .withoutMerging(
            "of rank two, from the identity",
            Map.of(
                "reduction", "2",
                "rank", "2",
                "norm", "pre",
                "init", "identity",
                "taskEmbedding", "8",
                "hidden", "8",
                "projected", "6",
                "unfreeze", ""))
        .refuses("rank", "0")
        .refuses("scale", "-1")
        .refuses("projected", "1");
  }
}
