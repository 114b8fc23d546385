package io.peft4j.ditask;

import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.PeftConformance;
import java.util.Map;

/** The conformance kit on {@link DitaskMethod} and its variants. */
class DitaskConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("ditask")
        .withMerging("defaults", Map.of())
        .withMerging(
            "shared alone, factored, values, sparse",
            Map.of(
                "components", "shared",
                "product", "factored",
                "warp", "value",
                "basis", "sparse",
                "sharedCells", "8"))
        .withMerging(
            "task alone, rebuilt, started as the reference",
            Map.of(
                "components", "task",
                "product", "rebuilt",
                "init", "reference",
                "cellsOfTask", "depth=2",
                "unfreeze", "norms"))
        .withMerging(
            "every layer, a θ for each of q, k and v",
            Map.of(
                "targets", "all-linear,patch_embed",
                "exclude", "fc2",
                "thetaPerPart", "true",
                "warp", "value",
                "sharedCells", "6",
                "dropout", "0"))
        .refuses("sharedCells", "1")
        .refuses("taskCells", "0")
        .refuses("cellsOfTask", "depth=1")
        .refuses("dropout", "1")
        .refuses("basis", "svd")
        .refuses("targets", "re:(");
  }
}
