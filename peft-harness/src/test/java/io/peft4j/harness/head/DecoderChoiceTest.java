package io.peft4j.harness.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.Place;
import io.peft4j.backbones.Backbones;
import io.peft4j.backbones.weights.WeightSource;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Widths follow the features unless they are given. */
class DecoderChoiceTest {
  private static List<Feature> features(int... channels) {
    return IntStream.range(0, channels.length)
        .mapToObj(
            i ->
                new Feature("f" + i, new Place(i, -1, 2, "stage.out"), channels[i], 8 >> i, 8 >> i))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"swin-tiny", "swin-large", "pvt-tiny", "pvt-large"})
  void everyPublishedBackboneGetsTheWidthsOfTheReference(String name) {
    List<Feature> features =
        Backbones.named(name).build(WeightSource.shapesOnly(), DataType.FLOAT).features();
    assertEquals(List.of(18, 36, 72, 144), DecoderChoice.byRule().channels(features));
  }

  @ParameterizedTest
  @ValueSource(strings = {"swin-nano", "pvt-nano"})
  void smallerBackbonesGetNarrowerHeads(String name) {
    List<Feature> features =
        Backbones.named(name).build(WeightSource.shapesOnly(), DataType.FLOAT).features();
    assertEquals(List.of(8, 16, 32, 64), DecoderChoice.byRule().channels(features));
  }

  @Test
  void theReferencesWidthsMustHalveEveryFeature() {
    assertEquals(List.of(18, 36, 72), DecoderChoice.byRule().channels(features(36, 72, 144)));
    assertEquals(List.of(8, 16, 32), DecoderChoice.byRule().channels(features(36, 72, 143)));
    assertEquals(List.of(8, 16, 32), DecoderChoice.byRule().channels(features(35, 500, 500)));
  }

  @Test
  void givenWidthsWinButMustFitTheScales() {
    DecoderChoice choice = new DecoderChoice("hrnet", List.of(4, 5), DecoderNorms.BY_RULE);
    assertEquals(List.of(4, 5), choice.channels(features(192, 384)));
    assertThrows(InputException.class, () -> choice.channels(features(192, 384, 768)));
  }

  private static DecoderChoice segformer(DecoderNorms norms, Integer... width) {
    return new DecoderChoice("segformer-mlp", List.of(width), norms);
  }

  @Test
  void segformerHasOneWidthWhateverTheBackbone() {
    assertEquals(List.of(256), segformer(DecoderNorms.BY_RULE).channels(features(16, 32)));
    assertEquals(List.of(32), segformer(DecoderNorms.BY_RULE, 32).channels(features(16, 32)));
    InputException e =
        assertThrows(InputException.class, () -> segformer(DecoderNorms.BY_RULE, 8, 16));
    assertTrue(e.getMessage().contains("give one number"), e.getMessage());
  }

  @Test
  void segformerReadsWhatTheLastBlocksGive() {
    Backbone swin = shapes("swin-nano");
    assertEquals(swin.unmergedFeatures(), segformer(DecoderNorms.NONE).on(swin).features());
    assertEquals(swin.features(), DecoderChoice.byRule().on(swin).features());
    Backbone pvt = shapes("pvt-nano");
    assertEquals(pvt.features(), segformer(DecoderNorms.NONE).on(pvt).features());
  }

  @Test
  void theRuleNormsSegformerOnSwinAlone() {
    DecoderChoice segformer = segformer(DecoderNorms.BY_RULE);
    Backbone swin = shapes("swin-nano");
    assertEquals(DecoderNorms.PER_TASK, segformer.norms(swin));
    assertEquals(DecoderNorms.PER_TASK, segformer.norms(segformer.on(swin)), "chosen already");
    assertEquals(DecoderNorms.NONE, segformer.norms(shapes("pvt-nano")));
    assertEquals(DecoderNorms.NONE, DecoderChoice.byRule().norms(swin));
    assertEquals(DecoderNorms.SHARED, segformer(DecoderNorms.SHARED).norms(shapes("pvt-nano")));
  }

  private static Backbone shapes(String name) {
    return Backbones.named(name).build(WeightSource.shapesOnly(), DataType.FLOAT);
  }

  @Test
  void anUnknownNameIsRefusedWithTheNearest() {
    InputException e =
        assertThrows(
            InputException.class, () -> new DecoderChoice("hrnt", List.of(), DecoderNorms.BY_RULE));
    assertTrue(e.getMessage().contains("did you mean 'hrnet'"), e.getMessage());
  }
}
