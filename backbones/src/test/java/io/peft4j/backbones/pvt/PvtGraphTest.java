package io.peft4j.backbones.pvt;

import static io.peft4j.backbones.build.BackboneContract.build;
import static io.peft4j.backbones.build.BackboneContract.images;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.api.select.SiteSelector;
import io.peft4j.backbones.build.BackboneContract;
import io.peft4j.backbones.build.Golden;
import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.pvt.PvtConfig.Stage;
import io.peft4j.backbones.weights.WeightSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The graph keeps the contract of {@link Backbone}. */
class PvtGraphTest {
  private static final PvtConfig MICRO =
      Pvt.preset("pvt-nano")
          .withStages(
              List.of(
                  new Stage(8, 2, 1, 4, 4), new Stage(16, 1, 2, 2, 2), new Stage(24, 2, 3, 2, 1)))
          .withTables(64, 64)
          .withImage(32, 64);

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void oneGraphServesEveryBatchAndKeepsImagesApart(boolean classToken) {
    BackboneContract.assertImagesAreKeptApart(MICRO.withClassToken(classToken));
  }

  @ParameterizedTest
  @CsvSource({"32, 64, REFUSE, false", "32, 64, REFUSE, true", "45, 58, PAD, true"})
  void sitesSayWhatTheGraphComputes(int height, int width, Padding padding, boolean classToken) {
    BackboneContract.assertSitesSayWhatIsComputed(
        MICRO.withImage(height, width).withPadding(padding).withClassToken(classToken));
  }

  @Test
  void paddedGridsAreRoundedUp() {
    Backbone pvt = build(MICRO.withImage(47, 58).withPadding(Padding.PAD));
    assertEquals(List.of(11, 6, 3), pvt.features().stream().map(Feature::height).toList());
    assertEquals(List.of(14, 7, 4), pvt.features().stream().map(Feature::width).toList());
    assertEquals(3 * 4, pvt.site("block1.0.attn.sr").rows(), "ceil(11/4) x ceil(14/4)");
  }

  @Test
  void whereNothingIsPaddedPaddingChangesNothing() {
    INDArray image = images(MICRO, 1);
    INDArray refusing = build(MICRO).graph().outputSingle(Map.of(Pvt.IMAGE, image), "block3");
    INDArray padding =
        build(MICRO.withPadding(Padding.PAD))
            .graph()
            .outputSingle(Map.of(Pvt.IMAGE, image), "block3");
    assertEquals(refusing, padding);
  }

  @Test
  void everyParameterIsPlacedDownstreamAndReachesAFeature() {
    BackboneContract.assertParametersReach(
        MICRO.withDropPath(0.2).withClassToken(true), MICRO.withClasses(5));
  }

  @Test
  void everyValueIsNamedAfterItsModule() {
    PvtConfig config = MICRO.withImage(45, 58).withPadding(Padding.PAD).withDropPath(0.1);
    BackboneContract.assertNamedAfterModules(
        config.withClasses(3), "(patch_embed|pos_embed|block)\\d|norm|head");
  }

  @Test
  void selectorsMeanTheSameLayersAsOnOtherFamilies() {
    Backbone pvt = build(MICRO);
    assertEquals(5 * 5, SiteSelector.of("attn+mlp").select(pvt).size(), "q, kv, proj, fc1, fc2");
    assertEquals(5 * 5, SiteSelector.of("all-linear").select(pvt).size(), "no convolution");
    assertEquals(5, SiteSelector.of("proj").select(pvt).size(), "the attention's alone");
    assertEquals(5 + 5, SiteSelector.of("q", "kv").select(pvt).size());
    assertEquals(3, SiteSelector.of("patch_embed").select(pvt).size());
    List<LinearSite> reductions = SiteSelector.of("sr").select(pvt);
    assertEquals(3, reductions.size(), "the last stage has none");
    assertEquals(Role.SPATIAL_REDUCTION, reductions.get(0).place().role());
    assertEquals(
        List.of("pos_embed1", "pos_embed2", "pos_embed3"),
        ParamGroup.union(List.of(ParamGroup.POSITION_BIAS), pvt).stream()
            .map(Param::path)
            .toList());
  }

  /** As the published code's rule, which goes by names, has it on PVT; the tables are ours. */
  @Test
  void othersHoldOfASpatialReductionTheNormAlone() {
    Backbone small = Pvt.build(Pvt.preset("pvt-small"), WeightSource.shapesOnly(), DataType.FLOAT);
    long patchEmbeddings = 856_064 + 2 * (64 + 128 + 320 + 512);
    long norms = 4 * 4_160 + 2 * 2_624;
    long positions = 200_704 + 100_352 + 62_720 + 50 * 512;
    assertEquals(
        patchEmbeddings + norms + positions,
        Golden.numbers(ParamGroup.unfrozen(List.of(ParamGroup.OTHERS), small).asList()));
    long kernels = 3 * 262_208 + 4 * 262_272 + 6 * 409_920;
    assertEquals(
        kernels + 2 * 2_624,
        Golden.numbers(ParamGroup.unfrozen(List.of(ParamGroup.SR), small).asList()));
    InputException e =
        assertThrows(
            InputException.class,
            () -> ParamGroup.unfrozen(List.of(ParamGroup.OTHERS, ParamGroup.MERGING), small));
    assertEquals(
        "unfreeze: pvt-small has no merging; it has patch-embed, norms, position-bias, sr, biases,"
            + " others",
        e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"qkv", "merging", "layers.0.blocks.0.attn.qkv"})
  void aSiteThatOnlyOtherFamiliesHaveIsRefusedByName(String target) {
    Backbone pvt = build(MICRO.withId("pvt-micro"));
    InputException e =
        assertThrows(InputException.class, () -> SiteSelector.of(target).select(pvt));
    assertTrue(e.getMessage().contains("'" + target + "'"), e.getMessage());
    assertTrue(e.getMessage().contains("pvt-micro"), e.getMessage());
  }

  @Test
  void costsAreThoseOfThePaperForTiny() {
    Backbone tiny =
        Pvt.build(
            Pvt.preset("pvt-tiny").withImage(224, 224), WeightSource.shapesOnly(), DataType.FLOAT);
    long macs =
        tiny.costs().values().stream()
            .filter(c -> c.kind() == Cost.Kind.LINEAR || c.kind() == Cost.Kind.ATTENTION_PRODUCT)
            .mapToLong(Cost::macs)
            .sum();
    // Wang et al. 2021, table 2: 1.9 G multiply-adds.
    assertEquals(1.9, macs / 1e9, 0.05);
  }
}
