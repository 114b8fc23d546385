package io.peft4j.baselines.reft;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link ReftMethod}. */
class ReftConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("reft")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withoutMerging("the residual stream, from the identity", Map.of("init", "identity"))
        .withoutMerging(
            "some tokens of each task",
            Map.of("perTask", "true", "tokens", "f1+l2", "at", "attention", "dropout", "0.1"))
        .withMerging(
            "outputs of linear layers",
            Map.of("at", "linear", "targets", "proj,fc2", "rank", "1", "dropout", "0.1"))
        .withoutMerging("a constant in a subspace", Map.of("form", "consreft", "blocks", "0"))
        .refuses("rank", "0")
        .refuses("dropout", "1")
        .refuses("tokens", "f")
        .refuses("tokens", "f2l2")
        .refuses("tokens", "")
        .refuses("tokens", "f0")
        .refuses("targets", "re:(");
  }
}
