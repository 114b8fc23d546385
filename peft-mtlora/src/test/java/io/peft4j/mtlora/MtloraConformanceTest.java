package io.peft4j.mtlora;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link MtloraMethod}: every form, MTLoRA+ and the ablations. */
class MtloraConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("mtlora")
        // a task's frozen product reads the shared stream, which a weight of its own cannot
        .withoutMerging("as published", Map.of("sharedRank", "2", "taskRank", "2"))
        .withMerging(
            "paper's equation, MTLoRA+, own ranks and scales",
            Map.of(
                "sharedRank", "2",
                "taskRank", "1",
                "form", "paper",
                "mergingLora", "true",
                "rankPerTask", "depth=2",
                "scalePerTask", "semseg=0.5"))
        .withoutMerging(
            "v2, no proj, a pair each for query, key and value",
            Map.of(
                "sharedRank", "2",
                "taskRank", "2",
                "form", "v2",
                "proj", "false",
                "splitQkv", "true",
                "unfreeze", "norms"))
        .withMerging(
            "no layer of the MLP, nothing unfrozen",
            Map.of(
                "sharedRank", "2", "taskRank", "2", "fc1", "false", "fc2", "false", "unfreeze", ""))
        .withoutMerging(
            "no fc2, no dropout",
            Map.of("sharedRank", "2", "taskRank", "2", "fc2", "false", "dropout", "0"))
        .withMerging(
            "fc2 alone",
            Map.of(
                "sharedRank", "2",
                "taskRank", "2",
                "qkv", "false",
                "proj", "false",
                "fc1", "false"))
        .withMerging(
            "qkv alone has no streams",
            Map.of("sharedRank", "2", "proj", "false", "fc1", "false", "fc2", "false"))
        .refuses("sharedRank", "0")
        .refuses("taskRank", "-2")
        .refuses("scale", "-1")
        .refuses("dropout", "1")
        .refuses("form", "literal")
        .refuses("rankPerTask", "semseg=0")
        .refuses("scalePerTask", "semseg=-3.0");
  }
}
