package io.peft4j.benchmarks.exchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.safetensors.SafetensorsFile;
import io.peft4j.benchmarks.work.Bench;
import io.peft4j.benchmarks.work.Work;
import io.peft4j.benchmarks.work.WorkSize;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The file holds all that a peer needs to compute the same, and what it should arrive at. */
class ExchangeTest {
  @TempDir private Path folder;

  private Map<String, INDArray> written(Bench bench) {
    Path file = folder.resolve("work.safetensors");
    Exchange.write(file, bench);
    return Safetensors.read(file);
  }

  @Test
  void weightsInputsAndResultsAreComplete() {
    try (Bench bench = Work.LORA_TASKS.open(WorkSize.nano(2))) {
      Map<String, INDArray> file = written(bench);
      Backbone backbone = bench.model().model().peft().backbone();
      for (Param param : backbone.params()) {
        assertArrayEquals(
            param.shape().toArray(), file.get("weight." + param.path()).shape(), param.path());
      }
      bench
          .model()
          .model()
          .peft()
          .arrays()
          .forEach(
              (name, array) -> {
                assertEquals(array, file.get("weight." + name), name);
                assertArrayEquals(array.shape(), file.get("grad." + name).shape(), name);
              });
      assertArrayEquals(new long[] {2, 3, 64, 64}, file.get("image").shape());
      assertArrayEquals(new long[] {2, 1, 64, 64}, file.get("label.semseg").shape());
      assertTrue(Double.isFinite(file.get("loss").getDouble(0)));
    }
  }

  @Test
  void aForwardPassGivesLogitsOfWeightsBeforeTheMerge() {
    try (Bench bench = Work.FORWARD_MERGED.open(WorkSize.nano(1))) {
      Map<String, INDArray> file = written(bench);
      assertArrayEquals(new long[] {2, 10}, file.get("output").shape());
      assertTrue(file.containsKey("weight.layers.0.blocks.0.attn.qkv.lora_B"));
      assertTrue(file.containsKey("weight.head.weight"));
    }
  }

  @Test
  void metadataTellMethodSizeAndTasks() throws Exception {
    try (Bench bench = Work.LORA_TASKS.open(WorkSize.nano(2))) {
      Path file = folder.resolve("work.safetensors");
      Exchange.write(file, bench);
      try (SafetensorsFile opened = SafetensorsFile.open(file)) {
        Map<String, String> metadata = opened.metadata();
        assertEquals("lora", metadata.get("method"));
        assertEquals("swin-nano", metadata.get("backbone"));
        ObjectMapper json = new ObjectMapper();
        assertEquals(
            Map.of("semseg", 21, "human_parts", 7),
            json.readValue(metadata.get("tasks"), Map.class));
        assertEquals(
            Map.of("image", 64, "batch", 2), json.readValue(metadata.get("size"), Map.class));
      }
    }
  }
}
