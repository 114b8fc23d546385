package io.peft4j.lora;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link LoraMethod} and its variants. */
class LoraConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("lora")
        .withMerging("one adapter for all tasks", Map.of("rank", "2"))
        .withMerging(
            "one adapter per task, others unfrozen",
            Map.of("rank", "2", "perTask", "true", "unfreeze", "others", "targets", "qkv"))
        .withMerging("dora with dropout", Map.of("rank", "2", "dora", "true", "dropout", "0.1"))
        .withMerging("pissa", Map.of("rank", "2", "init", "pissa", "rslora", "true"))
        .withMerging(
            "query and value of attention",
            Map.of("rank", "2", "targets", "qkv", "qkvParts", "q,v", "bias", "lora-only"))
        .withMerging(
            "every layer, ranks by site, all biases",
            Map.of(
                "targets", "all-linear,patch_embed",
                "rank", "1",
                "rankPattern", "mlp=2,qkv=3",
                "init", "gaussian",
                "bias", "all"))
        .withoutMerging(
            "a norm of each block",
            Map.of("rank", "2", "norm", "block", "dropout", "0.1", "targets", "attn,fc1"))
        .refuses("rank", "0")
        .refuses("alpha", "-1")
        .refuses("dropout", "1")
        .refuses("targets", "re:(")
        .refuses("bias", "some");
  }
}
