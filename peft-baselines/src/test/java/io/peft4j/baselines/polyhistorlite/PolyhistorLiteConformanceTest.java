package io.peft4j.baselines.polyhistorlite;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link PolyhistorLiteMethod}. */
class PolyhistorLiteConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("polyhistor-lite")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withoutMerging(
            "behind the MLP", Map.of("taskEmbedding", "8", "hidden", "8", "projected", "6"))
        .withoutMerging(
            "both positions, from the identity",
            Map.of(
                "positions", "attention,mlp",
                "norm", "pre",
                "rank", "2",
                "init", "identity",
                "kernelFirst", "false",
                "taskEmbedding", "8",
                "hidden", "8",
                "projected", "6",
                "unfreeze", ""))
        .refuses("rank", "0")
        .refuses("scales", "0")
        .refuses("reduction", "0");
  }
}
