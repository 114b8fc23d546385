package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Counts of PVT-Small for four tasks: of its encoder as the benchmark of Polyhistor (Liu et al.
 * 2022) has them, of adapters and decoders by arithmetic.
 *
 * <p>The published totals of MTLoRA (r = 64: 8.69 M) and DiTASK (1.96 M without decoders) on PVT
 * are those of adapters and decoders here, with the 1,953,344 numbers that the norms and the
 * overlapping patch embeddings of PVT V2 have.
 */
class PvtCountTest {
  /** PVT-Small without classifier, final norm and class token. */
  private static final long ENCODER = 23_971_328;

  /** Norms and patch embeddings of PVT V2 with the same widths and depths. */
  private static final long V2_OTHERS = 1_953_344;

  /** Trainable numbers of the backbones. */
  private static long trained(int imageSize, String method) {
    return count(imageSize, method).required("backboneTrainable").longValue();
  }

  private static JsonNode count(int imageSize, String method) {
    Run run =
        Run.line(
            "count --json --backbone pvt-small --tasks pascal --image-size %d --method %s"
                .formatted(imageSize, method));
    assertEquals(ExitCode.DONE, run.code(), run.err());
    return run.json();
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

  /**
   * Adapters of rank r: of a block q 2rC, kv 3rC, proj 2rC, fc1 and fc2 2(1 + ratio)rC; of DiTASK
   * 63 numbers a layer and 3 for each task in the last blocks.
   */
  @ParameterizedTest
  @CsvSource({
    "mtlora --set sharedRank=64 --set taskRank=4, 5107712",
    "tglora, 3633152",
    "lora --set rank=4 --set targets=attn+mlp, 305408",
    "ditask, 5184",
  })
  void adaptersByArithmetic(String method, long numbers) {
    assertEquals(numbers, count(448, method).required("adapter").longValue());
  }

  @Test
  void publishedTotalsAreMetWithTheEmbeddingsOfTheSecondVersion() {
    JsonNode mtlora = count(448, "mtlora --set sharedRank=64 --set taskRank=4");
    long decoders = mtlora.required("decoders").longValue();
    // reducers 18·64 + 36·128 + 72·320 + 144·512 for each task, and the heads of Swin
    assertEquals(4 * 102_528 + 1_213_952, decoders);
    assertEquals(
        8.69, million(mtlora.required("adapter").longValue() + decoders + V2_OTHERS), 0.005);
    assertEquals(
        1.96, million(count(448, "ditask").required("adapter").longValue() + V2_OTHERS), 0.005);
  }

  private static double million(long n) {
    return n / 1e6;
  }

  @Test
  void aSpatialReductionIsTrainedWhereItIsNamed() {
    long others = trained(448, "ditask") - 5_184;
    // the reductions' norms are trained with the others already
    assertEquals(5_184 + others + 4_295_232, trained(448, "ditask --set unfreeze=others,sr"));
  }

  static List<String> methods() {
    return MethodRegistry.discover().methods().stream().map(MethodDescriptor::id).toList();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void everyMethodIsCountedOrSaysWhichSiteItCannotHave(String method) {
    Run run = Run.line("count --json --backbone pvt-small --tasks pascal --method " + method);
    if (run.code() == ExitCode.WRONG_INPUT) {
      assertTrue(run.err().matches("(?s).*pvt-small.* site block\\d.*"), run.err());
      return;
    }
    assertEquals(ExitCode.DONE, run.code(), run.err());
    long trainable = run.json().required("trainable").longValue();
    long decoders = run.json().required("decoders").longValue();
    assertEquals(1_624_064, decoders);
    assertEquals(trainable - decoders, run.json().required("backboneTrainable").longValue());
  }
}
