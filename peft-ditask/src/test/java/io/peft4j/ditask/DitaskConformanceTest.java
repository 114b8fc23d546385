package io.peft4j.ditask;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link DitaskMethod} and its variants. */
class DitaskConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("ditask")
        .withMerging("shared and per task", Map.of("sharedCells", "6"))
        .withMerging(
            "task alone, rebuilt, started as the reference",
            Map.of(
                "components", "task",
                "product", "rebuilt",
                "init", "reference",
                "cellsOfTask", "depth=2",
                "unfreeze", "norms"))
        .withMerging(
            "shared alone in every layer, factored, values, sparse, a θ for each of q, k and v",
            Map.of(
                "components", "shared",
                "product", "factored",
                "basis", "sparse",
                "targets", "all-linear,patch_embed",
                "exclude", "fc2",
                "thetaPerPart", "true",
                "warp", "value",
                "sharedCells", "3",
                "dropout", "0"))
        .refuses("sharedCells", "1")
        .refuses("sharedCells", "99999999")
        .refuses("taskCells", "0")
        .refuses("cellsOfTask", "depth=1")
        .refuses("dropout", "1")
        .refuses("basis", "svd")
        .refuses("targets", "re:(");
  }
}
