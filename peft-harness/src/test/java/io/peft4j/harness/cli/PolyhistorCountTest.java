package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Counts of the benchmark of Polyhistor (Liu et al., NeurIPS 2022) with its decoder, four PASCAL
 * tasks, out of the command.
 */
class PolyhistorCountTest {
  private static JsonNode count(String arguments) {
    Run run =
        Run.line(
            "count --json --tasks pascal --image-size 224 --decoder segformer-mlp " + arguments);
    assertEquals(ExitCode.DONE, run.code(), run.err());
    return run.json();
  }

  @ParameterizedTest
  @CsvSource({
    "swin-tiny, none, 2537504",
    "swin-tiny, per-task, 2549024", // + 4·2,880
    "swin-tiny, shared, 2540384", // + 2,880
    "pvt-small, none, 2111520",
    "pvt-small, per-task, 2119712", // + 4·2·1,024
  })
  void decodersAndTheirNorms(String backbone, String norms, long expected) {
    JsonNode report =
        count("--backbone %s --method decoders-only --decoder-norms %s".formatted(backbone, norms));
    assertEquals(expected, report.required("decoders").longValue());
    assertEquals(expected, report.required("trainable").longValue());
  }

  @ParameterizedTest
  @CsvSource({
    "swin-tiny, decoders-only, 2549024",
    "pvt-small, decoders-only, 2111520",
    "swin-tiny, bitfit --preset polyhistor, 2848136",
    "pvt-small, bitfit --preset polyhistor, 2335008",
    "swin-tiny, full --single-task, 112620296",
    "swin-tiny, full --per-task, 112620296",
    "swin-tiny, full --decoder-norms shared, 30058202",
    "pvt-small, full --single-task, 97996832",
  })
  void publishedTotals(String backbone, String method, long expected) {
    JsonNode report = count("--backbone %s --method %s".formatted(backbone, method));
    assertEquals(expected, report.required("trainable").longValue());
  }
}
