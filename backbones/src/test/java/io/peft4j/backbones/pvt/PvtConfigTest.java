package io.peft4j.backbones.pvt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.method.Init;
import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.pvt.PvtConfig.Stage;
import io.peft4j.backbones.weights.WeightSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Wrong dimensions, sizes and weights are refused with the fix; presets are as they say. */
class PvtConfigTest {
  private static final PvtConfig NANO = Pvt.preset("pvt-nano");

  @Test
  void nanoIsSmall() {
    long size = NANO.blueprint().spec().size();
    assertTrue(size > 1_000_000 && size < 1_500_000, "pvt-nano has " + size);
  }

  @Test
  void unknownPresetIsRefusedWithAGuess() {
    InputException e = assertThrows(InputException.class, () -> Pvt.preset("pvt-tyni"));
    assertEquals("no backbone 'pvt-tyni'; did you mean 'pvt-tiny'?", e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "pvt-tiny, 450, 448, '448x448, 480x448;'",
    "pvt-nano, 64, 72, '64x64, 64x96;'",
    "pvt-nano, 20, 64, ' 32x64;'",
  })
  void imageSizeThatDoesNotFitIsRefusedWithTheNearest(
      String preset, int height, int width, String nearest) {
    PvtConfig config = Pvt.preset(preset).withImage(height, width);
    InputException e = assertThrows(InputException.class, config::params);
    assertTrue(e.getMessage().contains(height + "x" + width), e.getMessage());
    assertTrue(e.getMessage().contains("multiples of 32"), e.getMessage());
    assertTrue(e.getMessage().contains(nearest), e.getMessage());
    assertTrue(e.getMessage().contains("padding"), e.getMessage());
    // What the message offers must work.
    for (String size : nearest.replace(";", "").trim().split(", ")) {
      String[] sides = size.split("x");
      PvtConfig fixed = config.withImage(Integer.parseInt(sides[0]), Integer.parseInt(sides[1]));
      assertFalse(fixed.params().isEmpty());
    }
    assertFalse(config.withPadding(Padding.PAD).params().isEmpty());
  }

  @Test
  void imageSmallerThanAPatchIsRefusedEvenWithPadding() {
    PvtConfig config = NANO.withImage(3, 64).withPadding(Padding.PAD);
    refused(config::params, "smaller than a patch of 4x4");
  }

  @Test
  void dimensionsMustAgree() {
    refused(() -> NANO.withStages(List.of()), "no stages");
    refused(() -> stage(25, 1, 2, 4, 1), "2 heads do not divide width 25 of stage 0");
    refused(() -> stage(24, 0, 2, 4, 1), "depth of stage 0 0 must be positive");
    refused(() -> stage(24, 1, 2, 0, 1), "mlpRatio of stage 0 0 must be positive");
    refused(() -> stage(24, 1, 2, 4, 0), "reduction of stage 0 0 must be positive");
    refused(() -> NANO.withDropPath(1), "dropPath 1.0");
    refused(() -> NANO.withDropPath(Double.NaN), "dropPath NaN");
    refused(() -> NANO.withTables(65, 64), "position tables for 65x64");
    refused(() -> NANO.withClasses(-1), "numClasses -1");
    refused(() -> NANO.withClasses(3).withClassToken(false), "withClassToken(true)");
    refused(() -> NANO.withId(" "), "blank");
    List<Stage> reduced = List.of(new Stage(8, 1, 1, 4, 2));
    refused(() -> NANO.withStages(reduced).withClassToken(true), "reduction 2 must be 1");
    refused(() -> Pvt.build(NANO, WeightSource.shapesOnly(), DataType.INT32), "type INT does");
  }

  private static PvtConfig stage(int width, int depth, int heads, int ratio, int reduction) {
    return NANO.withStages(List.of(new Stage(width, depth, heads, ratio, reduction)));
  }

  @Test
  void weightsOfAClassifierServeADenseEncoderButNotTheOtherWayRound() {
    PvtConfig micro = NANO.withStages(List.of(new Stage(8, 1, 2, 2, 1)));
    PvtConfig classifier = micro.withClasses(3);
    micro.check(WeightSource.of(weights(classifier)));
    refused(
        () -> classifier.check(WeightSource.of(weights(micro))),
        "missing: cls_token, norm.weight, norm.bias, head.weight, head.bias");
    Map<String, INDArray> unknown = weights(micro);
    unknown.put("block1.0.attn.qkv.weight", unknown.get("block1.0.attn.q.weight"));
    refused(() -> micro.check(WeightSource.of(unknown)), "unexpected: block1.0.attn.qkv.weight");
  }

  private static Map<String, INDArray> weights(PvtConfig config) {
    Map<String, INDArray> weights = new HashMap<>();
    SplittableRandom random = new SplittableRandom(0);
    config
        .params()
        .forEach(
            p ->
                weights.put(
                    p.path(), Init.zeros().create(random, DataType.FLOAT, p.shape().toArray())));
    return weights;
  }

  private static void refused(Executable call, String message) {
    InputException e = assertThrows(InputException.class, call);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
