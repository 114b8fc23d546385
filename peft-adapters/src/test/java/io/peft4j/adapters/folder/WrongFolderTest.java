package io.peft4j.adapters.folder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.adapters.Models;
import io.peft4j.adapters.json.JsonFile;
import io.peft4j.adapters.json.JsonObject;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.safetensors.Safetensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Every wrong file is refused by a message that names the file, the key and the mistake. */
class WrongFolderTest {
  private static final String QKV = "base_model.model.layers.0.blocks.0.attn.qkv.";

  @TempDir private Path root;

  private final Backbone backbone = Models.backbone();
  private Path folder;

  @BeforeEach
  void write() {
    folder = root.resolve("adapter");
    AdapterWriter.STANDARD.write(
        folder,
        Models.adapter(backbone, "lora", "rank=2 targets=qkv,fc1", 1),
        backbone,
        CardFacts.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "r | 3 | says rank 3 for 'layers.0.blocks.0.attn.qkv', but its lora_A is [2, 8]",
        "r | \"two\" | r is 'two', but must be a whole number",
        "r | 1e40 | r is 1.0E40, but must be a whole number",
        "lora_alpha | -1 | alpha -1.0 must be positive",
        "lora_alpha | [] | lora_alpha is [], but must be a finite number",
        "lora_dropout | 1 | lora_dropout is 1.0; it must lie in [0, 1)",
        "use_dora | true | use_dora is true, but 'layers.0.blocks.0.attn.qkv' has no magnitude",
        "use_dora | 1 | use_dora is 1, but must be true or false",
        "bias | \"some\" | bias is 'some'; known: none, all, lora_only",
        "target_modules | [\"qkv\"] | target_modules do not select 'layers.0.blocks.0.mlp.fc1'",
        "target_modules | [\"qkv\",\"fc1\",\"fc2\"] | select 'layers.0.blocks.0.mlp.fc2', but the"
            + " file has no tensors",
        "target_modules | \"(\" | target_modules: '(' is no regular expression",
        "target_modules | \"(a+)+b\" | target_modules do not select",
        "target_modules | \"(.*.*.*.*.*.*.*.*)*z\" | takes too long",
        "exclude_modules | [\"fc1\"] | target_modules do not select 'layers.0.blocks.0.mlp.fc1'",
        "rank_pattern | {\"fc1\":3} | says rank 3 for 'layers.0.blocks.0.mlp.fc1'",
        "rank_pattern | {\"^qkv\":3} | rank_pattern: '^qkv' matches no module of the file",
        "alpha_pattern | {\"fc11\":4} | alpha_pattern: 'fc11' matches no module of the file",
        "alpha_pattern | {\"fc1\":\"a\"} | alpha_pattern: fc1 is 'a', but must be a finite number",
        "init_lora_weights | \"pissa\" | changes the weights of the backbone",
        "layer_replication | [[0,1]] | layer_replication is set, which has no counterpart here",
        "lora_bias | true | lora_bias is set",
        "peft_type | \"IA3\" | peft_type is 'IA3', not LORA",
        "peft_type | null | peft_type is missing",
        "peft_type | 7 | peft_type is 7, but must be a text",
      })
  void aWrongValueOfTheConfiguration(String key, String value, String message) throws IOException {
    Map<String, Object> config = new LinkedHashMap<>(config().values());
    JsonObject parsed =
        JsonFile.parse(("{\"v\":" + value + "}").getBytes(StandardCharsets.UTF_8), "test");
    config.put(key, parsed.values().get("v"));
    Files.write(folder.resolve(AdapterFolder.CONFIG), JsonFile.bytes(config));
    refused(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | is no JSON object",
        "null | holds null, not a JSON object",
        "{\"r\": 1, \"r\": 2} | Duplicate field 'r'",
        "{\"r\": 1} {} | is no JSON object",
        "{\"r\": NaN} | is no JSON object",
        "'' | is no JSON object",
      })
  void aConfigurationThatIsNoObject(String text, String message) throws IOException {
    Files.writeString(folder.resolve(AdapterFolder.CONFIG), text);
    refused(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lora_A.weight | lora_C.weight | no such tensor of LoRA on linear layers",
        "lora_B.weight | lora_B.bias | lora_bias",
        "lora_B.weight | lora_X | 'base_model.model.layers.0.blocks.0.attn.qkv.lora_X'",
        "lora_A.weight | lora_A.a.b.weight | expected lora_A.weight",
        "lora_A.weight | lora_embedding_A | no such tensor of LoRA on linear layers",
      })
  void aKeyThatIsNoTensorOfLora(String from, String to, String message) {
    Map<String, INDArray> tensors = new TreeMap<>(tensors());
    tensors.put(QKV + to, tensors.remove(QKV + from));
    write(tensors);
    refused(message);
  }

  @Test
  void valuesThatAreNotFiniteUnlessTheyAreAskedFor() {
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      Map<String, INDArray> tensors = tensors();
      tensors.get(QKV + "lora_B.weight").putScalar(1, 1, value);
      write(tensors);
      refused("tensor '" + QKV + "lora_B.weight' holds NaN or infinite values");
      AdapterFolder.Loaded loaded = AdapterFolder.open(folder).read(backbone, NonFinite.ALLOW);
      INDArray read = loaded.adapter().state().get("layers.0.blocks.0.attn.qkv.lora_B");
      assertEquals(value, read.getFloat(1, 1));
    }
  }

  @Test
  void aPairThatLacksAHalf() {
    Map<String, INDArray> tensors = new TreeMap<>(tensors());
    tensors.remove(QKV + "lora_B.weight");
    write(tensors);
    refused("'layers.0.blocks.0.attn.qkv' has no lora_B");
  }

  @Test
  void twoAdaptersInOneFile() {
    Map<String, INDArray> tensors = new TreeMap<>(tensors());
    tensors.put(QKV + "lora_A.first.weight", tensors.remove(QKV + "lora_A.weight"));
    tensors.put(QKV + "lora_B.second.weight", tensors.remove(QKV + "lora_B.weight"));
    write(tensors);
    refused("holds the adapters [first, second]");
  }

  @Test
  void aTensorOfAnotherShape() {
    Map<String, INDArray> tensors = new TreeMap<>(tensors());
    tensors.put(QKV + "lora_A.weight", Nd4j.ones(2, 9));
    write(tensors);
    refused("but the layer has 24 outputs and 8 inputs");
  }

  @Test
  void aLayerThatTheBackboneDoesNotHave() {
    Map<String, INDArray> tensors = new TreeMap<>(tensors());
    for (String local : new String[] {"lora_A.weight", "lora_B.weight"}) {
      tensors.put("base_model.model.layers.0.blocks.7.attn.qkv." + local, tensors.get(QKV + local));
    }
    write(tensors);
    refused("is not for swin-micro (stages of 2, 2 blocks)");
    refused("it has no linear layer 'layers.0.blocks.7.attn.qkv'");
  }

  @Test
  void whatIsNoAdapterAtAll() throws IOException {
    assertRefused("there is no such folder", root.resolve("nowhere"));
    assertRefused("is a file", folder.resolve(AdapterFolder.CONFIG));
    assertRefused("there is no adapter_config.json", root.resolve("."));
    Files.delete(folder.resolve(AdapterFolder.MODEL));
    assertRefused("no such file", folder);
    Files.write(folder.resolve("adapter_model.bin"), new byte[] {1});
    assertRefused("adapter_model.bin", folder);
  }

  @Test
  void aMethodOrAnOptionThatNobodyKnows() throws IOException {
    Path own = root.resolve("own");
    new AdapterWriter(Form.NATIVE, "own", false)
        .write(own, Models.adapter(backbone, "bitfit", "", 1), backbone, CardFacts.NONE);
    String text = Files.readString(own.resolve(AdapterFolder.CONFIG));
    Files.writeString(own.resolve(AdapterFolder.CONFIG), text.replace("perTask", "perTusk"));
    assertRefused("did you mean 'perTask'", own);
  }

  private JsonObject config() {
    return JsonFile.read(folder.resolve(AdapterFolder.CONFIG));
  }

  private Map<String, INDArray> tensors() {
    return Safetensors.read(folder.resolve(AdapterFolder.MODEL));
  }

  private void write(Map<String, INDArray> tensors) {
    Safetensors.write(folder.resolve(AdapterFolder.MODEL), tensors, Map.of());
  }

  private void refused(String message) {
    assertRefused(message, folder);
  }

  private void assertRefused(String message, Path path) {
    InputException e =
        assertThrows(InputException.class, () -> AdapterFolder.open(path).read(backbone));
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
  }
}
