package io.peft4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.backbones.safetensors.Safetensors;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Every main runs, in a short form, and says what its readers copy it for. */
class ExamplesTest {
  private static final String[] SHORT = {"32", "3"};

  @Test
  void loraTrainsSavesAndMerges(@TempDir Path folder) {
    Path file = folder.resolve("lora.safetensors");
    String out = outputOf(() -> LoraExample.main(new String[] {"32", "3", file.toString()}));
    assertTrue(out.contains("trainable params: "), out);
    assertTrue(out.contains("merged, 0 trainable parameters are left"), out);
    assertScores(out);
    Map<String, INDArray> saved = Safetensors.read(file);
    assertTrue(saved.containsKey("layers.0.blocks.0.attn.qkv.lora_A"), saved.keySet()::toString);
  }

  @Test
  void mtloraTrainsAndSavesAPairForEachTask(@TempDir Path folder) {
    Path file = folder.resolve("mtlora.safetensors");
    String out = outputOf(() -> MtloraExample.main(new String[] {"32", "3", file.toString()}));
    assertTrue(out.contains("no gradient: {layers.3.blocks.1.mlp.fc2.lora_shared_A="), out);
    assertScores(out);
    Map<String, INDArray> saved = Safetensors.read(file);
    assertTrue(
        saved.containsKey("layers.3.blocks.1.mlp.fc2.lora_tasks_A.normals"),
        saved.keySet()::toString);
  }

  @Test
  void ditaskTrainsSavesAndMerges(@TempDir Path folder) {
    Path file = folder.resolve("ditask.safetensors");
    String out = outputOf(() -> DitaskExample.main(new String[] {"32", "3", file.toString()}));
    assertTrue(out.contains("merged, 0 trainable parameters are left"), out);
    assertScores(out);
    Map<String, INDArray> saved = Safetensors.read(file);
    assertTrue(saved.containsKey("layers.3.blocks.1.mlp.fc2.theta.normals"), out);
  }

  @Test
  void fullFineTuningTrains() {
    assertScores(outputOf(() -> FullFineTuningExample.main(SHORT)));
  }

  @Test
  void bitFitTrains() {
    assertScores(outputOf(() -> BitFitExample.main(SHORT)));
  }

  @Test
  void adaptersTrainsThreeBaselines() {
    String out = outputOf(() -> AdaptersExample.main(SHORT));
    String[] runs = out.split("(?m)^(?=\\S+: trainable params)");
    for (String method : new String[] {"compacter-plus", "vl-adapter", "polyhistor"}) {
      assertScores(
          Arrays.stream(runs).filter(r -> r.startsWith(method + ":")).findFirst().orElse(""));
    }
    String table = out.substring(out.indexOf("method "));
    assertEquals(
        List.of("method", "compacter-plus", "vl-adapter", "polyhistor"),
        table.lines().map(l -> l.substring(0, l.indexOf(' '))).toList(),
        "side by side");
  }

  @Test
  void decodersOnlyTrainNothingInTheBackbone() {
    String out = outputOf(() -> DecodersOnlyExample.main(SHORT));
    assertTrue(out.contains("trainable params: 0 "), out);
    assertScores(out);
  }

  @Test
  void tgloraTrainsTasksThatShareLessWithDepth() {
    String out = outputOf(() -> TgloraExample.main(SHORT));
    assertTrue(out.contains("trainable params: "), out);
    assertTrue(out.contains("MACs of the backbone: "), out);
    assertScores(out);
  }

  @Test
  void taskGroupsMeasuresSimilaritiesAndSplitsThemWithDepth() {
    String out = outputOf(() -> TaskGroupsExample.main(new String[] {"32", "2", "4"}));
    assertTrue(out.contains("task,semseg,human_parts,sal,normals"), out);
    assertTrue(out.contains("semseg+human_parts+sal+normals score "), out);
    assertTrue(out.contains("semseg/human_parts/sal/normals score 0.0000"), out);
    assertTrue(!out.contains("NaN"), out);
  }

  private static void assertScores(String out) {
    for (String task : new String[] {"semseg", "human_parts", "sal", "normals"}) {
      long lines = Arrays.stream(out.split("\n")).filter(l -> l.startsWith(task + " ")).count();
      assertEquals(1, lines, () -> "one score of " + task + " in\n" + out);
    }
    assertTrue(!out.contains("NaN"), out);
  }

  private static String outputOf(Runnable main) {
    PrintStream out = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      main.run();
    } finally {
      System.setOut(out);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
