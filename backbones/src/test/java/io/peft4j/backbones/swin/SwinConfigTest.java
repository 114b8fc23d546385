package io.peft4j.backbones.swin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.weights.WeightSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Wrong dimensions and sizes are refused with the fix; presets are the published ones. */
class SwinConfigTest {
  @Test
  void nanoIsSmall() {
    long size = Swin.preset("swin-nano").blueprint().spec().size();
    assertTrue(size > 1_000_000 && size < 1_500_000, "swin-nano has " + size);
  }

  @Test
  void unknownPresetIsRefusedWithAGuess() {
    assertEquals(
        List.of("swin-nano", "swin-tiny", "swin-small", "swin-base", "swin-large"), Swin.presets());
    InputException e = assertThrows(InputException.class, () -> Swin.preset("swin-tyni"));
    assertEquals("no backbone 'swin-tyni'; did you mean 'swin-tiny'?", e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "swin-tiny, 450, 448, 448x448, 672x448",
    "swin-tiny, 300, 300, 224x224, 448x448",
    "swin-nano, 64, 72, 64x64, 64x128",
  })
  void imageSizeThatDoesNotFitIsRefusedWithTheNearest(
      String preset, int height, int width, String below, String above) {
    SwinConfig config = Swin.preset(preset).withImage(height, width);
    InputException e = assertThrows(InputException.class, () -> build(config));
    assertTrue(e.getMessage().contains(height + "x" + width), e.getMessage());
    assertTrue(e.getMessage().contains(below + ", " + above), e.getMessage());
    assertTrue(e.getMessage().contains("padding"), e.getMessage());
    // What the message offers must work.
    for (String size : List.of(below, above)) {
      String[] sides = size.split("x");
      SwinConfig fixed = config.withImage(Integer.parseInt(sides[0]), Integer.parseInt(sides[1]));
      assertFalse(fixed.params().isEmpty());
    }
    assertFalse(config.withPadding(Padding.PAD).params().isEmpty());
  }

  @Test
  void imageSmallerThanEverySizeThatFitsGetsTheSmallestOne() {
    SwinConfig config = Swin.preset("swin-tiny").withImage(30, 30);
    InputException e = assertThrows(InputException.class, () -> build(config));
    assertTrue(e.getMessage().contains("nearest that work: 224x224;"), e.getMessage());
  }

  @Test
  void imageSmallerThanAPatchIsRefusedEvenWithPadding() {
    SwinConfig config = Swin.preset("swin-tiny").withImage(3, 64).withPadding(Padding.PAD);
    InputException e = assertThrows(InputException.class, () -> build(config));
    assertTrue(e.getMessage().contains("smaller than a patch of 4x4"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.0, Double.NaN})
  void dropPathOutsideItsRangeIsRefused(double rate) {
    InputException e =
        assertThrows(InputException.class, () -> Swin.preset("swin-nano").withDropPath(rate));
    assertTrue(e.getMessage().contains("dropPath " + rate), e.getMessage());
  }

  @Test
  void stagesMustAgree() {
    SwinConfig nano = Swin.preset("swin-nano");
    refused(() -> nano.withStages(24, List.of(2, 2), List.of(1)), "same number of stages");
    refused(() -> nano.withStages(24, List.of(), List.of()), "at least one");
    refused(() -> nano.withStages(24, List.of(2, 0), List.of(1, 2)), "depth of stage 1 0");
    refused(() -> nano.withStages(25, List.of(2), List.of(2)), "2 heads do not divide width 25");
    refused(() -> nano.withWindowSize(0), "windowSize 0 must be positive");
    refused(() -> nano.withMlpRatio(0), "mlpRatio 0.0");
    refused(() -> nano.withClasses(-1), "numClasses -1");
    refused(() -> Swin.build(nano, WeightSource.shapesOnly(), DataType.INT32), "type INT does");
  }

  private static void refused(Executable call, String message) {
    InputException e = assertThrows(InputException.class, call);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  private static void build(SwinConfig config) {
    Swin.build(config, WeightSource.shapesOnly(), DataType.FLOAT);
  }
}
