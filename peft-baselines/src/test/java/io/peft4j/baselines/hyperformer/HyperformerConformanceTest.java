package io.peft4j.baselines.hyperformer;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link HyperformerMethod}. */
class HyperformerConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("hyperformer")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withoutMerging(
            "both positions, norms of the backbone",
            Map.of("reduction", "4", "taskEmbedding", "8", "hidden", "8", "projected", "6"))
        .withoutMerging(
            "behind the MLP, from the identity",
            Map.of(
                "positions", "mlp",
                "reduction", "2",
                "norm", "pre",
                "init", "identity",
                "taskEmbedding", "8",
                "hidden", "8",
                "projected", "6",
                "unfreeze", ""))
        .refuses("taskEmbedding", "0")
        .refuses("hidden", "1")
        .refuses("projected", "-3")
        .refuses("reduction", "0");
  }
}
