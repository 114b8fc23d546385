package io.peft4j.baselines.svft;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link SvftMethod}. */
class SvftConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("svft")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withMerging("plain", Map.of("init", "identity"))
        .withMerging(
            "a band of each task",
            Map.of("pattern", "banded", "offDiagonals", "2", "perTask", "true", "targets", "proj"))
        .withMerging(
            "random places between random directions",
            Map.of(
                "pattern",
                "random",
                "offDiagonals",
                "1",
                "rank",
                "4",
                "tail",
                "fill",
                "targets",
                "attn"))
        .refuses("offDiagonals", "-1")
        .refuses("offDiagonals", "1") // plain has none
        .refuses("rank", "-1")
        .refuses("tail", "drop") // no rank
        .refuses("pattern", "diagonal")
        .refuses("targets", "re:(");
  }
}
