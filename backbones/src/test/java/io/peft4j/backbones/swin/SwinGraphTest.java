package io.peft4j.backbones.swin;

import static io.peft4j.backbones.build.BackboneContract.build;
import static io.peft4j.backbones.build.BackboneContract.images;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.NoiseInput;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.backbone.Site;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.select.SiteSelector;
import io.peft4j.backbones.build.BackboneContract;
import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.build.Reachability;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The graph keeps the contract of {@link Backbone}. */
class SwinGraphTest {
  private static final SwinConfig MICRO =
      Swin.preset("swin-nano")
          .withStages(8, List.of(2, 2, 3), List.of(1, 2, 2))
          .withWindowSize(4)
          .withImage(64, 128);

  @Test
  void oneGraphServesEveryBatchAndKeepsImagesApart() {
    BackboneContract.assertImagesAreKeptApart(MICRO);
  }

  @Test
  void featuresAreThoseAfterMerging() {
    Backbone swin = build(MICRO);
    assertEquals(List.of(16, 32, 32), swin.features().stream().map(f -> f.channels()).toList());
    assertEquals(List.of(8, 4, 4), swin.features().stream().map(f -> f.height()).toList());
    assertEquals(List.of(16, 8, 8), swin.features().stream().map(f -> f.width()).toList());
  }

  @Test
  void unmergedFeaturesAreWhatTheLastBlocksGive() {
    Backbone swin = build(MICRO).withUnmergedFeatures();
    assertEquals(swin.unmergedFeatures(), swin.features());
    assertEquals(List.of(8, 16, 32), swin.features().stream().map(f -> f.channels()).toList());
    assertEquals(List.of(16, 8, 4), swin.features().stream().map(f -> f.height()).toList());
    List<String> last =
        swin.sites().stream()
            .filter(s -> s.place().role().equals(Role.BLOCK_OUT) && s.place().isLastBlock())
            .map(Site::output)
            .toList();
    assertEquals(3, last.size());
    List<String> names = swin.features().stream().map(f -> f.name()).toList();
    List<String> all = new ArrayList<>(last);
    all.addAll(names);
    Map<String, INDArray> got =
        swin.graph().output(Map.of(Swin.IMAGE, images(MICRO, 2)), all.toArray(String[]::new));
    for (int i = 0; i < last.size(); i++) {
      INDArray tokens = got.get(names.get(i));
      assertEquals(2, tokens.size(0));
      assertEquals(got.get(last.get(i)), tokens.reshape(-1, tokens.size(2)));
    }
  }

  @ParameterizedTest
  @CsvSource({"64, 128, REFUSE", "52, 92, PAD"})
  void sitesSayWhatTheGraphComputes(int height, int width, Padding padding) {
    BackboneContract.assertSitesSayWhatIsComputed(
        MICRO.withImage(height, width).withPadding(padding));
  }

  @Test
  void everyBlockAndStageHasItsTaps() {
    long taps = build(MICRO).sites().stream().filter(TapSite.class::isInstance).count();
    assertEquals(4 * 7 + 3, taps, "attn.out, residual, mlp.out, out per block; out per stage");
  }

  @Test
  void everyParameterIsPlacedDownstreamAndReachesAFeature() {
    BackboneContract.assertParametersReach(MICRO.withDropPath(0.2), MICRO.withClasses(5));
  }

  @Test
  void aValueThatNothingPlacedFollowsIsFound() {
    Backbone swin = build(MICRO);
    swin.graph().getVariable("layers.0.blocks.0.norm1").mul("stray", 2.0);
    assertEquals(List.of("stray"), new Reachability(swin).withoutPlacedFollower());
  }

  @Test
  void everyValueIsNamedAfterItsModule() {
    SwinConfig config = MICRO.withImage(52, 92).withPadding(Padding.PAD).withDropPath(0.1);
    BackboneContract.assertNamedAfterModules(
        config.withClasses(3), "patch_embed|layers\\.\\d|norm|head");
  }

  @Test
  void placesCarryTheRolesThatRoutersDecideOn() {
    Backbone swin = build(MICRO);
    Map<String, String> roles = new HashMap<>();
    String block = "layers.1.blocks.1";
    roles.put(block + ".norm1", Role.NORM1);
    roles.put(block + ".attn.qkv", Role.ATTN_QKV);
    roles.put(block + ".attn.core", Role.ATTN_CORE);
    roles.put(block + ".attn.proj", Role.ATTN_PROJ);
    roles.put(block + ".attn.out", Role.ATTN_OUT);
    roles.put(block + ".residual", Role.RESIDUAL);
    roles.put(block + ".norm2", Role.NORM2);
    roles.put(block + ".mlp.fc1", Role.MLP_FC1);
    roles.put(block + ".mlp.fc2", Role.MLP_FC2);
    roles.put(block, Role.BLOCK_OUT);
    roles.forEach(
        (variable, role) -> {
          assertEquals(role, swin.places().get(variable).role(), variable);
          assertTrue(swin.places().get(variable).isLastBlock(), variable);
        });
    for (String merging : List.of("layers.1.downsample.norm", "layers.1.downsample.reduction")) {
      assertTrue(swin.places().get(merging).isMerging(), merging);
      assertEquals(-1, swin.places().get(merging).block());
    }
    assertEquals(Role.STAGE_OUT, swin.places().get("layers.1").role());
    assertEquals(4 * 7, SiteSelector.of("attn+mlp").select(swin).size());
    assertEquals(2, SiteSelector.of("merging").select(swin).size());
    assertEquals(1, SiteSelector.of("patch_embed").select(swin).size());
  }

  @Test
  void dropPathRisesLinearlyAndDropsAnImageFromBothBranches() {
    SwinConfig config = MICRO.withDropPath(0.3);
    Backbone swin = build(config);
    assertEquals(12, swin.noises().size(), "two branches in each block but the first");
    NoiseInput last = swin.noises().get("layers.2.blocks.2.mlp.drop_path.mask");
    assertEquals(0.3, last.rate(), 1e-12);
    assertEquals(0.05, swin.noises().get("layers.0.blocks.1.attn.drop_path.mask").rate(), 1e-12);

    Map<String, INDArray> fed = new HashMap<>();
    fed.put(Swin.IMAGE, images(config, 2));
    swin.noises().keySet().forEach(n -> fed.put(n, Nd4j.ones(DataType.FLOAT, 2, 1)));
    INDArray plain =
        build(MICRO).graph().outputSingle(Map.of(Swin.IMAGE, fed.get(Swin.IMAGE)), "layers.2");
    assertEquals(plain, swin.graph().outputSingle(fed, "layers.2"), "ones change nothing");

    INDArray firstDropped = Nd4j.createFromArray(new float[][] {{0}, {1}});
    fed.put("layers.0.blocks.1.attn.drop_path.mask", firstDropped);
    fed.put("layers.0.blocks.1.mlp.drop_path.mask", firstDropped);
    Map<String, INDArray> got = swin.graph().output(fed, "layers.0.blocks.0", "layers.0.blocks.1");
    INDArray before = got.get("layers.0.blocks.0");
    INDArray after = got.get("layers.0.blocks.1");
    long rows = before.rows() / 2;
    assertEquals(half(before, 0, rows), half(after, 0, rows));
    assertNotEquals(half(before, rows, 2 * rows), half(after, rows, 2 * rows));
  }

  private static INDArray half(INDArray rows, long from, long to) {
    return rows.get(NDArrayIndex.interval(from, to), NDArrayIndex.all()).dup('c');
  }

  @Test
  void withoutQkvBiasTheSiteHasNone() {
    Backbone swin = build(MICRO.withQkvBias(false));
    LinearSite qkv = (LinearSite) swin.site("layers.0.blocks.0.attn.qkv");
    assertTrue(qkv.bias().isEmpty());
  }
}
