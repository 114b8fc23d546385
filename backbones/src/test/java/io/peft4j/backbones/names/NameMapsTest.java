package io.peft4j.backbones.names;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.pvt.Pvt;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.LoadOptions;
import io.peft4j.backbones.weights.WeightSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Every code's names are known, told apart, and lead to the very same arrays. */
class NameMapsTest {
  private static final Architecture SWIN = Swin.preset("swin-nano").withClasses(3);
  private static final Architecture PVT =
      Pvt.preset("pvt-nano").withClassToken(true).withClasses(3);

  static Stream<Object[]> maps() {
    return Stream.of(
        new Object[] {SWIN, SwinNames.MICROSOFT, "", ""},
        new Object[] {SWIN, SwinNames.MICROSOFT, "module.", "module."},
        new Object[] {SWIN, SwinNames.TIMM, "", ""},
        new Object[] {SWIN, SwinNames.TIMM, "model.backbone.", "model.backbone."},
        new Object[] {SWIN, SwinNames.HUGGING_FACE, "", ""},
        // Hugging Face's classifiers keep the model behind a prefix, the classifier not.
        new Object[] {SWIN, SwinNames.HUGGING_FACE, "swin.", "swin."},
        new Object[] {SWIN, SwinNames.HUGGING_FACE, "module.swin.", "module.swin."},
        new Object[] {PVT, PvtNames.all(4).get(2), "pvt.", "pvt."},
        new Object[] {SWIN, SwinNames.TORCHVISION, "", ""},
        new Object[] {PVT, PvtNames.all(4).get(0), "", ""},
        new Object[] {PVT, PvtNames.TIMM, "", ""},
        new Object[] {PVT, PvtNames.all(4).get(2), "module.", "module."});
  }

  /** A backbone renamed to a code's names, its joined parameters cut apart, loads back. */
  @ParameterizedTest
  @MethodSource("maps")
  void aRenamedBackboneLoadsBackToTheBit(
      Architecture architecture, NameMap map, String prefix, String shown) {
    Backbone start = architecture.build(WeightSource.random(5), DataType.FLOAT);
    Map<String, INDArray> renamed = renamed(start, map, prefix);
    Backbone loaded = architecture.build(WeightSource.of("renamed", renamed), DataType.FLOAT);
    for (Param param : start.params()) {
      assertEquals(
          start.graph().getVariable(param.path()).getArr(),
          loaded.graph().getVariable(param.path()).getArr(),
          param.path());
    }
    renamed.remove(prefix + map.entries(start.params().get(0).path()).get(0));
    InputException e =
        assertThrows(
            InputException.class, () -> architecture.check(WeightSource.of("renamed", renamed)));
    assertTrue(e.getMessage().contains("taken for: " + map.id()), e.getMessage());
    assertTrue(e.getMessage().contains(shown), e.getMessage());
  }

  private static Map<String, INDArray> renamed(Backbone backbone, NameMap map, String prefix) {
    Map<String, INDArray> renamed = new LinkedHashMap<>();
    for (Param param : backbone.params()) {
      INDArray array = backbone.graph().getVariable(param.path()).getArr();
      List<String> entries = map.entries(param.path(), prefix);
      long rows = array.rank() == 0 ? 1 : array.size(0) / entries.size();
      for (int i = 0; i < entries.size(); i++) {
        INDArray part =
            entries.size() == 1
                ? array
                : array.get(NDArrayIndex.interval(i * rows, (i + 1) * rows)).dup('c');
        renamed.put(entries.get(i), part);
      }
    }
    return renamed;
  }

  /** Names as the codes have them, among them each rule once. */
  @ParameterizedTest
  @CsvSource({
    "swin, timm, layers.0.downsample.reduction.weight, layers.1.downsample.reduction.weight",
    "swin, timm, layers.2.blocks.5.attn.qkv.bias, layers.2.blocks.5.attn.qkv.bias",
    "swin, timm, head.bias, head.fc.bias",
    "swin, huggingface, patch_embed.proj.weight, embeddings.patch_embeddings.projection.weight",
    "swin, huggingface, patch_embed.norm.bias, embeddings.norm.bias",
    "swin, huggingface, layers.1.blocks.0.norm1.weight,"
        + " encoder.layers.1.blocks.0.layernorm_before.weight",
    "swin, huggingface, layers.1.blocks.0.norm2.bias,"
        + " encoder.layers.1.blocks.0.layernorm_after.bias",
    "swin, huggingface, layers.0.blocks.1.attn.relative_position_bias_table,"
        + " encoder.layers.0.blocks.1.attention.self.relative_position_bias_table",
    "swin, huggingface, layers.0.blocks.1.attn.proj.weight,"
        + " encoder.layers.0.blocks.1.attention.output.dense.weight",
    "swin, huggingface, layers.0.blocks.1.mlp.fc1.weight,"
        + " encoder.layers.0.blocks.1.intermediate.dense.weight",
    "swin, huggingface, layers.0.blocks.1.mlp.fc2.bias,"
        + " encoder.layers.0.blocks.1.output.dense.bias",
    "swin, huggingface, layers.2.downsample.norm.weight, encoder.layers.2.downsample.norm.weight",
    "swin, huggingface, norm.weight, layernorm.weight",
    "swin, huggingface, head.weight, classifier.weight",
    "swin, torchvision, patch_embed.proj.bias, features.0.0.bias",
    "swin, torchvision, patch_embed.norm.weight, features.0.2.weight",
    "swin, torchvision, layers.3.blocks.1.attn.relative_position_bias_table,"
        + " features.7.1.attn.relative_position_bias_table",
    "swin, torchvision, layers.2.blocks.10.mlp.fc2.weight, features.5.10.mlp.3.weight",
    "swin, torchvision, layers.1.downsample.norm.weight, features.4.norm.weight",
    "swin, torchvision, norm.bias, norm.bias",
    "pvt, timm, patch_embed1.proj.weight, patch_embed.proj.weight",
    "pvt, timm, patch_embed3.norm.bias, stages.2.downsample.norm.bias",
    "pvt, timm, block4.2.attn.kv.weight, stages.3.blocks.2.attn.kv.weight",
    "pvt, timm, pos_embed2, pos_embed2",
    "pvt, huggingface, pos_embed2, encoder.patch_embeddings.1.position_embeddings",
    "pvt, huggingface, cls_token, encoder.patch_embeddings.3.cls_token",
    "pvt, huggingface, patch_embed1.proj.weight, encoder.patch_embeddings.0.projection.weight",
    "pvt, huggingface, patch_embed2.norm.bias, encoder.patch_embeddings.1.layer_norm.bias",
    "pvt, huggingface, block3.4.norm2.weight, encoder.block.2.4.layer_norm_2.weight",
    "pvt, huggingface, block1.0.mlp.fc1.bias, encoder.block.0.0.mlp.dense1.bias",
    "pvt, huggingface, block1.0.attn.q.weight, encoder.block.0.0.attention.self.query.weight",
    "pvt, huggingface, block1.0.attn.sr.weight,"
        + " encoder.block.0.0.attention.self.sequence_reduction.weight",
    "pvt, huggingface, block1.0.attn.norm.bias,"
        + " encoder.block.0.0.attention.self.layer_norm.bias",
    "pvt, huggingface, block1.0.attn.proj.weight,"
        + " encoder.block.0.0.attention.output.dense.weight",
    "pvt, huggingface, norm.bias, encoder.layer_norm.bias",
    "pvt, huggingface, head.bias, classifier.bias",
  })
  void aNameInAnotherCode(String family, String code, String own, String other) {
    assertEquals(List.of(other), map(family, code).entries(own));
  }

  @Test
  void huggingFaceKeepsQueriesKeysAndValuesApart() {
    String self = "encoder.layers.2.blocks.1.attention.self.";
    assertEquals(
        List.of(self + "query.bias", self + "key.bias", self + "value.bias"),
        SwinNames.HUGGING_FACE.entries("layers.2.blocks.1.attn.qkv.bias"));
    String pvt = "encoder.block.1.3.attention.self.";
    assertEquals(
        List.of(pvt + "key.weight", pvt + "value.weight"),
        map("pvt", "huggingface").entries("block2.3.attn.kv.weight"));
  }

  private static NameMap map(String family, String code) {
    List<NameMap> all = family.equals("swin") ? SwinNames.all() : PvtNames.all(4);
    return all.stream().filter(m -> m.id().equals(code)).findFirst().orElseThrow();
  }

  /** As {@code SwinForImageClassification} saves itself, read as an encoder and as a classifier. */
  @Test
  void aClassifierStandsOutsideThePrefix() {
    Backbone start = SWIN.build(WeightSource.random(5), DataType.FLOAT);
    Map<String, INDArray> saved = renamed(start, SwinNames.HUGGING_FACE, "swin.");
    assertTrue(saved.keySet().containsAll(List.of("classifier.weight", "classifier.bias")));
    saved.put(
        "swin.encoder.layers.0.blocks.0.attention.self.relative_position_index",
        Nd4j.zeros(DataType.INT64, 4, 4));
    Swin.preset("swin-nano").check(WeightSource.of("encoder", saved));
    SWIN.check(WeightSource.of("classifier", saved));
    saved.remove("classifier.bias");
    InputException e =
        assertThrows(InputException.class, () -> SWIN.check(WeightSource.of("classifier", saved)));
    assertTrue(e.getMessage().contains("missing: head.bias (classifier.bias)"), e.getMessage());
  }

  @Test
  void theNamesCanBeGiven() {
    Backbone start = SWIN.build(WeightSource.random(5), DataType.FLOAT);
    Map<String, INDArray> timm = renamed(start, SwinNames.TIMM, "");
    LoadOptions options = LoadOptions.STRICT;
    SWIN.check(source(timm, options.withNames("timm")));
    InputException other =
        assertThrows(
            InputException.class, () -> SWIN.check(source(timm, options.withNames("microsoft"))));
    assertTrue(other.getMessage().contains("taken for: microsoft"), other.getMessage());
    InputException slip =
        assertThrows(
            InputException.class, () -> SWIN.check(source(timm, options.withNames("tim"))));
    assertTrue(slip.getMessage().contains("did you mean 'timm'?"), slip.getMessage());
  }

  private static WeightSource source(Map<String, INDArray> arrays, LoadOptions options) {
    return WeightSource.of("given", arrays, options);
  }

  @Test
  void missingAndLeftOverCanBeAllowedByName() {
    Backbone start = SWIN.build(WeightSource.random(5), DataType.FLOAT);
    Map<String, INDArray> arrays = new HashMap<>(renamed(start, SwinNames.TORCHVISION, ""));
    INDArray removed = arrays.remove("head.weight");
    arrays.put("decoder.a.weight", Nd4j.ones(DataType.FLOAT, 2));
    arrays.put("decoder.b.weight", Nd4j.ones(DataType.FLOAT, 2));
    LoadOptions missing = LoadOptions.STRICT.withAllowMissing(List.of("head.*"));
    LoadOptions both = missing.withAllowUnexpected(List.of("decoder.*.weight"));
    Backbone loaded = SWIN.build(source(arrays, both), DataType.FLOAT);
    INDArray started = loaded.graph().getVariable("head.weight").getArr();
    assertArrayEquals(removed.shape(), started.shape());
    assertNotEquals(removed, started, "a start value");
    InputException left =
        assertThrows(InputException.class, () -> SWIN.check(source(arrays, missing)));
    assertTrue(
        left.getMessage().contains("unexpected: decoder.a.weight, decoder.b.weight;"),
        left.getMessage());
    InputException slip =
        assertThrows(
            InputException.class,
            () -> SWIN.check(source(arrays, both.withAllowMissing(List.of("haed.weight")))));
    assertTrue(slip.getMessage().contains("did you mean 'head.weight'?"), slip.getMessage());
  }
}
