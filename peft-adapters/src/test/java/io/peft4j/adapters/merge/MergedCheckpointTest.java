package io.peft4j.adapters.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.adapters.Models;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.merge.MergeException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A merged checkpoint, loaded as any other, gives the features of the adapted backbone. */
class MergedCheckpointTest {
  @TempDir private Path folder;

  private final Backbone backbone = Models.backbone();

  @ParameterizedTest
  @CsvSource({
    "lora, rank=2",
    "lora, 'rank=2 dora=true rslora=true bias=all targets=all-linear'",
    "lora, 'rank=2 init=pissa unfreeze=norms,position-bias'",
    "lora, 'rank=1 targets=all-linear,patch_embed'",
    "lora, rank=2 perTask=true",
    "bitfit, ''",
    "full, ''",
  })
  void theCheckpointComputesTheSame(String method, String options) {
    PeftModel model = Models.trained(backbone, method, options, 3);
    MergedCheckpoint merged = MergedCheckpoint.of(model, "normals");
    Path file = folder.resolve("merged.safetensors");
    merged.write(file, Map.of());
    Backbone loaded = Models.swin().build(WeightSource.file(file), DataType.FLOAT);
    PeftModel plain = Peft.adapt(loaded, "decoders-only", Map.of(), Models.TASKS);
    INDArray images = Models.images(backbone, 2);
    double error =
        Models.error(
            Map.of("normals", model.features(images).get("normals")),
            Map.of("normals", plain.features(images).get("normals")));
    assertEquals(0, error, 1e-5);
    assertTrue(merged.error() <= 1e-5, "measured " + merged.error());
  }

  @Test
  void unmergedTheWeightsAreTheVeryBits() {
    PeftModel model = Models.trained(backbone, "lora", "rank=2 dora=true", 3);
    MergedCheckpoint merged = MergedCheckpoint.of(model, "sal");
    Map<String, INDArray> before = new LinkedHashMap<>();
    backbone
        .params()
        .forEach(p -> before.put(p.path(), backbone.graph().getArrForVarName(p.path())));
    Map<String, String> bits = Models.bits(before);
    Path undo = folder.resolve("undo.safetensors");
    Path file = folder.resolve("merged.safetensors");
    merged.write(file, Map.of());
    BitPatch.between(before, merged.weights()).write(undo);
    Map<String, INDArray> restored = BitPatch.read(undo).undo(Safetensors.read(file));
    assertEquals(bits, Models.bits(restored));
    assertEquals(bits, Models.bits(before), "merging leaves the backbone alone");
    restored.get("layers.0.blocks.0.norm1.weight").addi(1);
    InputException e = assertThrows(InputException.class, () -> BitPatch.read(undo).undo(restored));
    assertTrue(e.getMessage().contains("another checkpoint"), e.getMessage());
  }

  @Test
  void aPatchOfSomethingElseIsRefused() {
    Path file = folder.resolve("merged.safetensors");
    MergedCheckpoint.of(Models.trained(backbone, "bitfit", "", 1), "sal").write(file, Map.of());
    InputException e = assertThrows(InputException.class, () -> BitPatch.read(file));
    assertTrue(e.getMessage().contains("undoes a merge"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void whatIsNotFiniteIsRefusedByName(double value) {
    PeftModel model = Models.trained(backbone, "lora", "rank=2", 3);
    model.arrays().get("layers.1.blocks.0.attn.proj.lora_B").putScalar(3, value);
    InputException e = assertThrows(InputException.class, () -> MergedCheckpoint.of(model, "sal"));
    assertTrue(e.getMessage().contains("layers.1.blocks.0.attn.proj.lora_B"), e.getMessage());
  }

  @Test
  void methodsThatAreNoPlainWeightsAreRefusedNamingSites() {
    PeftModel tasks = Models.trained(backbone, "mtlora", "sharedRank=2 taskRank=1", 3);
    MergeException e = assertThrows(MergeException.class, () -> MergedCheckpoint.of(tasks, "sal"));
    assertTrue(e.getMessage().contains("layers.0.blocks.1"), e.getMessage());
    PeftModel taps = Models.trained(backbone, "adapter", "", 3);
    assertThrows(MergeException.class, () -> MergedCheckpoint.of(taps, "sal"));
  }

  @Test
  void anUnknownTaskIsRefusedWithAHint() {
    PeftModel model = Models.trained(backbone, "bitfit", "", 1);
    InputException e = assertThrows(InputException.class, () -> MergedCheckpoint.of(model, "sall"));
    assertTrue(e.getMessage().contains("did you mean 'sal'"), e.getMessage());
  }
}
