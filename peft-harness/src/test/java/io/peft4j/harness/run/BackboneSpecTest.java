package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.hash.Hashing;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.names.NameMap;
import io.peft4j.backbones.names.SwinNames;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.weights.LoadOptions;
import io.peft4j.backbones.weights.ShippedWeights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A run knows the weights that it was made from, whatever files they are in. */
class BackboneSpecTest {
  private static final Architecture CONFIG = TinyRuns.backbone();

  @TempDir Path folder;

  /** The shipped weights under a code's names, classifier included. */
  private static Map<String, INDArray> shipped(NameMap names) {
    Map<String, INDArray> renamed = new HashMap<>();
    ShippedWeights.tensors(CONFIG.id()).forEach((n, a) -> renamed.put(names.entries(n).get(0), a));
    return renamed;
  }

  /** Two shards and their index. */
  private Path shards() throws IOException {
    Map<String, INDArray> first = shipped(SwinNames.TIMM);
    Map<String, INDArray> second = new HashMap<>();
    for (String name : List.of("patch_embed.proj.weight", "head.fc.weight")) {
      second.put(name, first.remove(name));
    }
    StringBuilder index = new StringBuilder();
    for (Map<String, INDArray> shard : List.of(first, second)) {
      String file = "shard%d.safetensors".formatted(shard == first ? 1 : 2);
      Safetensors.write(folder.resolve(file), shard, Map.of());
      for (String name : shard.keySet()) {
        index.append(index.isEmpty() ? "" : ",").append("\"%s\":\"%s\"".formatted(name, file));
      }
    }
    Files.writeString(
        folder.resolve("model.safetensors.index.json"), "{\"weight_map\":{" + index + "}}");
    return folder;
  }

  @Test
  void theHashOfAFileIsThatOfItsBytes() throws IOException {
    Path file = folder.resolve("w.safetensors");
    Safetensors.write(file, shipped(SwinNames.TIMM), Map.of());
    BackboneSpec spec = BackboneSpec.file(CONFIG, file, LoadOptions.STRICT);
    assertEquals(
        Hashing.sha256().hashBytes(Files.readAllBytes(file)).toString(), spec.weightsHash());
    assertSamePatches(spec);
    Safetensors.write(file, shipped(SwinNames.TIMM), Map.of("other", "bytes"));
    assertNotEquals(
        spec.weightsHash(), BackboneSpec.file(CONFIG, file, LoadOptions.STRICT).weightsHash());
    assertTrue(
        assertThrows(InputException.class, spec::build).getMessage().contains("have changed"));
  }

  @Test
  void theHashOfAFolderIsThatOfEveryFile() throws IOException {
    BackboneSpec spec = BackboneSpec.file(CONFIG, shards(), LoadOptions.STRICT);
    assertSamePatches(spec);
    assertEquals(
        spec, BackboneSpec.file(CONFIG, folder, LoadOptions.STRICT), "the same files, the same");
    Files.writeString(folder.resolve("README.md"), "a file that is no weights");
    spec.build();
    Path second = folder.resolve("shard2.safetensors");
    Map<String, INDArray> tensors = Safetensors.read(second);
    tensors.values().iterator().next().addi(1);
    Safetensors.write(second, tensors, Map.of());
    assertTrue(
        assertThrows(InputException.class, spec::build).getMessage().contains("have changed"));
  }

  private static void assertSamePatches(BackboneSpec spec) {
    Backbone built = spec.build();
    assertEquals(
        ShippedWeights.tensors(CONFIG.id()).get("patch_embed.proj.weight"),
        built.graph().getVariable("patch_embed.proj.weight").getArr());
  }

  /** Records of strict runs are those of versions that knew no other. */
  @Test
  void recordsOfOlderVersionsAreRead() throws IOException {
    BackboneSpec strict = BackboneSpec.random(CONFIG);
    String text = new String(Json.bytes(strict), StandardCharsets.UTF_8);
    assertFalse(text.contains("loading"), text);
    Path file = Files.writeString(folder.resolve("strict.json"), text);
    assertEquals(strict, Json.read(file, BackboneSpec.class));

    Path weights = folder.resolve("w.safetensors");
    Map<String, INDArray> tensors = shipped(SwinNames.MICROSOFT);
    tensors.remove("patch_embed.norm.bias");
    Safetensors.write(weights, tensors, Map.of());
    LoadOptions loading = LoadOptions.STRICT.withAllowMissing(List.of("patch_embed.norm.*"));
    BackboneSpec lenient = BackboneSpec.file(CONFIG, weights, loading);
    Files.write(file, Json.bytes(lenient));
    assertEquals(lenient, Json.read(file, BackboneSpec.class));
    lenient.build();
    RunSpec tiny = TinyRuns.spec("lora", "sal", 1);
    String command =
        RunCard.command(
            new RunSpec(
                tiny.method(),
                tiny.options(),
                tiny.perTask(),
                lenient,
                tiny.data(),
                tiny.tasks(),
                tiny.decoder(),
                tiny.train()));
    assertTrue(command.contains(" --allow-missing 'patch_embed.norm.*' "), command);
    assertFalse(command.contains("--weights-names"), command);
    assertThrows(
        InputException.class, () -> BackboneSpec.file(CONFIG, weights, LoadOptions.STRICT));
  }
}
