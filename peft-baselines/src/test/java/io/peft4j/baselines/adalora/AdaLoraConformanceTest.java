package io.peft4j.baselines.adalora;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link AdaLoraMethod}. */
class AdaLoraConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("adalora")
        .on(MicroBackbones.swin())
        .on(MicroBackbones.pvt())
        .withMerging(
            "one adapter for all tasks, pruned at once",
            Map.of(
                "initialRank",
                "4",
                "targetRank",
                "3",
                "warmup",
                "0.2",
                "fixed",
                "0.2",
                "interval",
                "1",
                "targets",
                "fc2",
                // one site: of several the least important might lose all, and rest at its start
                "stages",
                "1",
                "blocks",
                "-1"))
        .withMerging(
            "one adapter per task, with dropout, none pruned",
            Map.of(
                "initialRank",
                "2",
                "targetRank",
                "2",
                "perTask",
                "true",
                "dropout",
                "0.1",
                "targets",
                "attn.proj"))
        .refuses("initialRank", "7")
        .refuses("targetRank", "0")
        .refuses("alpha", "0")
        .refuses("dropout", "1")
        .refuses("interval", "0")
        .refuses("warmup", "0.7")
        .refuses("fixed", "-0.1")
        .refuses("beta1", "1")
        .refuses("beta2", "0")
        .refuses("orthogonality", "-1")
        .refuses("targets", "re:(");
  }
}
