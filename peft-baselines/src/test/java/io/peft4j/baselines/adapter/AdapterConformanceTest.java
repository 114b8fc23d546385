package io.peft4j.baselines.adapter;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link AdapterMethod}. */
class AdapterConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("adapter")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withoutMerging("attention and mlp", Map.of("reduction", "4"))
        .withoutMerging(
            "one adapter per task, as in the multi-task benchmark",
            Map.of(
                "reduction", "2",
                "positions", "mlp",
                "norm", "pre",
                "activation", "swish",
                "unfreeze", "",
                "perTask", "true"))
        .withoutMerging(
            "parallel, from the identity",
            Map.of("insertion", "parallel", "norm", "post", "init", "identity"))
        .refuses("reduction", "0")
        .refuses("scale", "-1")
        .refuses("positions", "mlp,mlp")
        .refuses("insertion", "between");
  }
}
