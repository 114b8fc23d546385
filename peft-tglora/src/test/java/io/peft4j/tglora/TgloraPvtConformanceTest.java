package io.peft4j.tglora;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link TgloraMethod} where query and key are separate layers: PVT. */
class TgloraPvtConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("tglora")
        .on(MicroBackbones.pvt())
        .withMerging(
            "shared, then one group per task, others unfrozen",
            Map.of("rank", "2", "lastStageRank", "2", "groups", "all,each", "unfreeze", "others"))
        .withMerging(
            "a budget that pays for every group",
            Map.of(
                "rank", "2",
                "lastStageRank", "2",
                "groups", "auto",
                "similarity", "semseg+depth=-0.1",
                "budget", "macs=1e12"));
  }
}
