package io.peft4j.tglora;

import io.peft4j.api.routing.Task;
import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link TgloraMethod}, with two groups of which one has two tasks. */
class TgloraConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("tglora")
        .tasks(new Task("semseg", 3), new Task("depth", 1), new Task("sal", 1))
        .withMerging(
            "shared, then one group per task",
            Map.of("rank", "3", "lastStageRank", "0", "groups", "1,3"))
        .withMerging(
            "groups by name, others unfrozen, attention only",
            Map.of(
                "rank", "3",
                "lastStageRank", "3",
                "groups", "semseg+sal/depth,each",
                "targets", "attn",
                "unfreeze", "others"))
        .withMerging(
            "numbers and similarity",
            Map.of(
                "rank", "2",
                "lastStageRank", "3",
                "groups", "1,2",
                "similarity", "semseg+depth=0.1,depth+sal=0.6,semseg+sal=-0.2",
                "alpha", "2",
                "dropout", "0"))
        .refuses("rank", "0")
        .refuses("lastStageRank", "-1")
        .refuses("dropout", "1")
        .refuses("scale", "0")
        .refuses("groups", "2,1")
        .refuses("groups", "auto")
        .refuses("budget", "watts=3");
  }
}
