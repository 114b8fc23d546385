package io.peft4j.backbones;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.weights.WeightSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Every name of every family leads to a backbone of that name. */
class BackbonesTest {
  @ParameterizedTest
  @MethodSource("io.peft4j.backbones.Backbones#names")
  void everyNameBuildsForCountingWithoutClassifier(String name) {
    Architecture preset = Backbones.named(name);
    Backbone backbone = preset.build(WeightSource.shapesOnly(), DataType.FLOAT);
    assertEquals(name, backbone.id());
    assertEquals(4, backbone.features().size());
    assertEquals(preset.params(), backbone.params());
    assertEquals(preset.imageHeight(), backbone.image().height());
    assertTrue(preset.params().stream().noneMatch(p -> p.path().startsWith("head.")));
  }

  @Test
  void sizeAndPaddingArePassedOn() {
    Backbone pvt =
        Backbones.build("pvt-nano", 40, 72, Padding.PAD, WeightSource.shapesOnly(), DataType.FLOAT);
    assertEquals(40, pvt.image().height());
    assertEquals(72, pvt.image().width());
    assertFalse(pvt.hasWeights());
    InputException e =
        assertThrows(
            InputException.class,
            () ->
                Backbones.build(
                    "swin-nano", 40, 72, Padding.REFUSE, WeightSource.random(0), DataType.FLOAT));
    assertTrue(e.getMessage().contains("40x72"), e.getMessage());
  }

  @Test
  void unknownNameIsRefusedWithTheNearestOfAnyFamily() {
    InputException e = assertThrows(InputException.class, () -> Backbones.named("pvt-medum"));
    assertEquals("no backbone 'pvt-medum'; did you mean 'pvt-medium'?", e.getMessage());
  }
}
