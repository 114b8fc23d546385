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
    "swin-tiny, adapter --preset polyhistor, 11237024",
    "pvt-small, adapter --preset polyhistor, 2901808",
    "swin-tiny, vpt-shallow --preset polyhistor, 2568224",
    "swin-tiny, vpt-deep --preset polyhistor, 3432224",
    "pvt-small, vpt-shallow --preset polyhistor, 2124320",
    "pvt-small, vpt-deep --preset polyhistor, 2943520",
    "swin-tiny, compacter --preset polyhistor, 2778912",
    "swin-tiny, compacter-plus --preset polyhistor, 2664096",
    "pvt-small, compacter-plus --preset polyhistor, 2198096",
    "swin-tiny, vl-adapter --preset polyhistor, 4744256",
    "swin-tiny, hyperformer --preset polyhistor, 75321328",
    "pvt-small, hyperformer --preset polyhistor, 16140516",
    "swin-tiny, polyhistor --preset polyhistor, 8959708",
    "pvt-small, polyhistor --preset polyhistor, 7317676",
    "swin-tiny, polyhistor-lite --preset polyhistor, 2962576",
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
