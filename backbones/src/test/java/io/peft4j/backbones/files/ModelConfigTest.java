package io.peft4j.backbones.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.pvt.Pvt;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A configuration beside weights is read: it must agree, and its epsilon is followed. */
class ModelConfigTest {
  private static final Architecture SWIN = Swin.preset("swin-nano");

  /** What {@code SwinConfig.save_pretrained} writes for that architecture. */
  private static final String SWIN_CONFIG =
      """
      {"architectures": ["SwinModel"], "attention_probs_dropout_prob": 0.0, "depths": [2, 2, 2, 2],
       "drop_path_rate": 0.1, "embed_dim": 24, "encoder_stride": 32, "hidden_act": "gelu",
       "hidden_size": 192, "image_size": 64, "layer_norm_eps": 1e-05, "mlp_ratio": 4.0,
       "model_type": "swin", "num_channels": 3, "num_heads": [1, 2, 4, 8], "num_layers": 4,
       "patch_size": 4, "qkv_bias": true, "use_absolute_embeddings": false, "window_size": 4}
      """;

  @TempDir Path folder;

  @BeforeEach
  void write() throws IOException {
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    Backbone random = SWIN.build(WeightSource.random(3), DataType.FLOAT);
    for (Param param : random.params()) {
      arrays.put(param.path(), random.graph().getVariable(param.path()).getArr());
    }
    Safetensors.write(folder.resolve("model.safetensors"), arrays, Map.of());
  }

  private void config(String text) throws IOException {
    Files.writeString(folder.resolve("config.json"), text);
  }

  private INDArray features() {
    INDArray images = Nd4j.linspace(DataType.FLOAT, -2, 1e-3, 3 * 64 * 64).reshape(1, 3, 64, 64);
    var backbone = SWIN.build(WeightSource.file(folder), DataType.FLOAT);
    String last = backbone.features().get(backbone.features().size() - 1).name();
    return backbone.graph().output(Map.of(backbone.image().name(), images), last).get(last);
  }

  @Test
  void oneThatAgreesChangesNothing() throws IOException {
    INDArray without = features();
    config(SWIN_CONFIG);
    assertEquals(without, features());
    assertEquals(2, CheckpointFiles.open(folder).files().size(), "its change is a change");
    // timm's, of which the arguments describe the architecture.
    config("{\"architecture\": \"swin_nano\", \"model_args\": {\"window_size\": [4, 4]}}");
    SWIN.check(WeightSource.file(folder));
  }

  @Test
  void itsEpsilonIsFollowed() throws IOException {
    INDArray without = features();
    config(SWIN_CONFIG.replace("1e-05", "1e-02"));
    double moved = features().sub(without).norm2Number().doubleValue();
    assertTrue(moved > 1e-4, "moved by " + moved);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"window_size\": 4 | \"window_size\": 7 | window_size is 7, needed 4",
        "[2, 2, 2, 2] | [2, 2, 6, 2] | depths is [2, 2, 6, 2], needed [2, 2, 2, 2]",
        "\"gelu\" | \"gelu_new\" | hidden_act is gelu_new, needed gelu",
        "[1, 2, 4, 8] | [3, 2, 4, 8] | num_heads is [3, 2, 4, 8]",
        "\"swin\" | \"swinv2\" | model_type is swinv2, needed swin",
        "\"qkv_bias\": true | \"qkv_bias\": false | qkv_bias is false",
        "1e-05 | 0.0 | layer_norm_eps is 0.0",
      })
  void oneThatContradictsIsRefused(String from, String to, String part) throws IOException {
    config(SWIN_CONFIG.replace(from, to));
    InputException e =
        assertThrows(InputException.class, () -> SWIN.check(WeightSource.file(folder)));
    assertTrue(e.getMessage().contains("by config.json: " + part), e.getMessage());
  }

  @Test
  void oneOfAnotherProgramIsLeftAlone() throws IOException {
    for (String text : List.of("{\"window_size\": 9}", "[]", "3")) {
      config(text);
      SWIN.check(WeightSource.file(folder));
      assertEquals(1, CheckpointFiles.open(folder).files().size());
    }
    config("{\"model_type\": ");
    assertThrows(InputException.class, () -> CheckpointFiles.open(folder));
  }

  /** Hugging Face's {@code PvtConfig}. */
  @Test
  void itsKeysAreThoseOfTheFamily() throws IOException {
    Architecture pvt = Pvt.preset("pvt-nano");
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    pvt.params().forEach(p -> arrays.put(p.path(), Nd4j.ones(p.shape().toArray())));
    Safetensors.write(folder.resolve("model.safetensors"), arrays, Map.of());
    String config =
        """
        {"model_type": "pvt", "depths": [2, 2, 2, 2], "hidden_sizes": [32, 64, 96, 128],
         "mlp_ratios": [8, 8, 4, 4], "num_attention_heads": [1, 2, 3, 4], "qkv_bias": true,
         "sequence_reduction_ratios": [8, 4, 2, 1], "num_encoder_blocks": 4, "layer_norm_eps": 1e-06}
        """;
    config(config);
    pvt.check(WeightSource.file(folder));
    config(config.replace("[8, 4, 2, 1]", "[8, 4, 2, 2]"));
    InputException e =
        assertThrows(InputException.class, () -> pvt.check(WeightSource.file(folder)));
    assertTrue(
        e.getMessage().contains("sequence_reduction_ratios is [8, 4, 2, 2]"), e.getMessage());
  }
}
