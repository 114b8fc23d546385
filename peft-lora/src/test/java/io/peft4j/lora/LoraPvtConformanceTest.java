package io.peft4j.lora;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link LoraMethod} where query and key are separate layers: PVT. */
class LoraPvtConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("lora")
        .on(MicroBackbones.pvt())
        .withMerging("attention and mlp", Map.of("rank", "2", "targets", "attn+mlp"))
        .withMerging(
            "one adapter per task on q and kv, others unfrozen",
            Map.of("rank", "2", "perTask", "true", "unfreeze", "others", "targets", "q,kv"))
        .withMerging("values alone", Map.of("rank", "2", "targets", "kv", "qkvParts", "v"))
        .withoutMerging(
            "a norm of each block before queries and values, per task",
            Map.of(
                "rank",
                "2",
                "targets",
                "q,kv",
                "qkvParts",
                "v",
                "norm",
                "block",
                "perTask",
                "true"))
        .withMerging(
            "every layer, convolutions too, ranks by site",
            Map.of(
                "targets", "all-linear,patch_embed,sr", "rank", "1", "rankPattern", "mlp=2,sr=3"));
  }
}
