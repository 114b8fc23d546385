package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Counts of PVT-Small for four tasks as the benchmark of Polyhistor (Liu et al. 2022) has them. */
class PvtCountTest {
  /** PVT-Small without classifier, final norm and class token. */
  private static final long ENCODER = 23_971_328;

  /** Trainable numbers of the backbones. */
  private static long trained(int imageSize, String method) {
    Run run =
        Run.line(
            "count --json --backbone pvt-small --tasks pascal --image-size %d --method %s"
                .formatted(imageSize, method));
    assertEquals(ExitCode.DONE, run.code(), run.err());
    return run.json().required("backboneTrainable").longValue();
  }

  @ParameterizedTest
  @CsvSource({
    "decoders-only, 0",
    "full, 1",
    "full --set perTask=true, 4",
  })
  void fullFineTuningTrainsSoManyEncoders(String method, long encoders) {
    assertEquals(encoders * ENCODER, trained(224, method));
  }

  @Test
  void bitFitPerTaskEqualsThePublishedCount() {
    // (7 + mlpRatio + 2·[reduced])·C per block, 2·C per patch embedding: 55,872 for each task.
    assertEquals(223_488, trained(224, "bitfit --preset polyhistor"));
  }

  @Test
  void theImageSizeChangesNoCountSincePositionTablesAreResized() {
    assertEquals(ENCODER, trained(448, "full"));
  }
}
