package io.peft4j.adapters.folder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.adapters.Models;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.PeftModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Adapters that Python wrote: what they compute on the whole backbone is what PyTorch computed with
 * peft's formulas, and written by us in the same names they are the same tensors to the bit.
 */
class PeftFormGoldenTest {
  private static final double TOLERANCE = 1e-6;

  @TempDir private Path folder;

  private static Path file(String name) {
    Path given = Path.of(System.getProperty("peft.fixtures"), name);
    // Another set of fixtures may have none of these.
    return Files.exists(given) ? given : Path.of("..", "fixtures", name);
  }

  private static Backbone backbone(DataType type) {
    return Swin.build(
        Swin.preset("swin-tiny")
            .withId("swin-micro-b")
            .withStages(8, List.of(2, 2, 2, 2), List.of(1, 2, 2, 4))
            .withWindowSize(4)
            .withImage(128, 128),
        WeightSource.file(file("swin_micro_b_weights.safetensors")),
        type);
  }

  private static Path given(String name) {
    return file("peft_adapters").resolve(name);
  }

  @ParameterizedTest
  @CsvSource({
    "lora_own, microsoft",
    "dora_timm, timm",
    "lora_hf_split, huggingface",
    "lora_bias_all_timm, timm",
    "lora_saved_timm, timm",
    "lora_layers_hf, huggingface",
    "lora_layers_hf_older, huggingface",
  })
  void computesWhatPyTorchComputed(String name, String names) {
    Backbone backbone = backbone(DataType.DOUBLE);
    AdapterFolder.Loaded loaded = AdapterFolder.open(given(name)).read(backbone);
    assertEquals(names, loaded.names());
    PeftModel model = loaded.adapter().on(backbone, Models.TASKS);
    INDArray image =
        Safetensors.read(file("swin_micro_b_128x128.safetensors"))
            .get("input")
            .castTo(DataType.DOUBLE);
    List<INDArray> features = model.features(image).get("sal");
    Map<String, INDArray> expected = Safetensors.read(given(name).resolve("expected.safetensors"));
    for (int i = 0; i < 4; i++) {
      INDArray wanted = expected.get("features." + i).castTo(DataType.DOUBLE);
      assertEquals(0, Models.error(wanted, features.get(i)), TOLERANCE, name + " stage " + i);
    }
  }

  @ParameterizedTest
  @CsvSource({"lora_own, microsoft", "dora_timm, timm"})
  void writtenAgainTheTensorsAreTheSameToTheBit(String name, String names) {
    Backbone backbone = backbone(DataType.FLOAT);
    AdapterFolder.Loaded loaded = AdapterFolder.open(given(name)).read(backbone);
    Path out = folder.resolve("out");
    new AdapterWriter(Form.PORTABLE, names, false)
        .write(out, loaded.adapter(), backbone, CardFacts.NONE);
    assertEquals(
        Models.bits(AdapterFolder.open(given(name)).readTensors()),
        Models.bits(AdapterFolder.open(out).readTensors()));
  }

  @Test
  void filesOfTorchSaveAreReadToo() {
    assertEquals(
        Models.bits(AdapterFolder.open(given("lora_own")).readTensors()),
        Models.bits(AdapterFolder.open(given("lora_own_bin")).readTensors()));
  }

  @Test
  void splitProjectionsAreJoinedAndComeApartAgainToTheBit() {
    Backbone backbone = backbone(DataType.FLOAT);
    Path source = given("lora_hf_split");
    AdapterFolder.Loaded loaded = AdapterFolder.open(source).read(backbone);
    INDArray fused = loaded.adapter().state().get("layers.0.blocks.0.attn.qkv.lora_B");
    assertEquals(4, fused.size(1), "two pairs of rank 2 are one of rank 4");
    Path out = folder.resolve("out");
    new AdapterWriter(Form.PORTABLE, "huggingface", false)
        .write(out, loaded.adapter(), backbone, CardFacts.NONE);
    Map<String, INDArray> plain = new TreeMap<>();
    AdapterFolder.open(source)
        .readTensors()
        .forEach(
            (key, array) ->
                plain.put(
                    "base_model.model."
                        + key.replace("swin.", "")
                            .replace(".modules_to_save.default", "")
                            .replace(".default", ""),
                    array));
    assertEquals(Models.bits(plain), Models.bits(AdapterFolder.open(out).readTensors()));
  }

  @Test
  void whatIsNotKnownIsKeptWithAWarning() {
    Backbone backbone = backbone(DataType.FLOAT);
    AdapterFolder.Loaded loaded = AdapterFolder.open(given("lora_hf_split")).read(backbone);
    assertTrue(
        loaded.notes().stream().anyMatch(n -> n.contains("a_future_option")),
        loaded.notes().toString());
    Path out = folder.resolve("out");
    AdapterWriter.STANDARD.write(out, loaded.adapter(), backbone, CardFacts.NONE);
    AdapterFolder written = AdapterFolder.open(out);
    assertEquals(Map.of("depth", 2), written.config().values().get("a_future_option"));
    assertTrue(written.config().texts("modules_to_save").contains("classifier"));
    assertTrue(written.readTensors().containsKey("base_model.model.classifier.weight"));
  }
}
