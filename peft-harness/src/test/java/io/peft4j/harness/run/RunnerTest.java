package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peft4j.api.InputException;
import io.peft4j.backbones.weights.LoadOptions;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.DataSpec;
import io.peft4j.harness.data.IteratorData;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.head.DecoderNorms;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.TrainConfig;
import io.peft4j.harness.train.TrainListener;
import io.peft4j.harness.train.WeightDecayPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.adapter.SingletonMultiDataSetIterator;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * A run leaves a record from which it can be skipped, opened again and traced, even if it fails.
 */
class RunnerTest {
  private static final String TASKS = "sal,normals";

  @TempDir private Path folder;

  @Test
  void aRunIsRecordedAndReproducedToTheBit() throws IOException {
    RunSpec spec = TinyRuns.spec("lora", TASKS, 1);
    RunResult result = new Runner(spec, TinyRuns.data(), folder).run(TrainListener.NONE);

    assertTrue(result.ok(), () -> "failed: " + result.error());
    assertEquals(result, RunResult.read(folder));
    assertEquals(2, result.steps());
    assertEquals(1, result.bestEpoch());
    assertEquals(TaskSet.parse(TASKS).names(), result.scores().keySet().stream().toList());
    assertTrue(result.peakMemoryBytes() > 0 && result.secondsPerStep() > 0);
    assertEquals(32, result.provenance().backboneHash().length());
    assertEquals(result, Runner.finished(spec, folder).orElseThrow());
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(3, files.count(), "nothing but the record and two states");
    }

    Path again = folder.resolve("again");
    RunResult second = new Runner(spec, TinyRuns.data(), again).run(TrainListener.NONE);
    assertEquals(result.values(), second.values());
    assertArrayEquals(
        Files.readAllBytes(folder.resolve(Runner.LAST)),
        Files.readAllBytes(again.resolve(Runner.LAST)));
  }

  private static List<RunSpec> specifications() {
    RunSpec copies = TinyRuns.spec("lora", TASKS, 1).withPerTask(true);
    DecoderChoice allMlp = new DecoderChoice("segformer-mlp", List.of(4), DecoderNorms.BY_RULE);
    return List.of(
        TinyRuns.spec("decoders-only", TASKS, 1),
        new RunSpec(
            copies.method(),
            copies.options(),
            true,
            copies.backbone(),
            copies.data(),
            copies.tasks(),
            allMlp,
            copies.train()));
  }

  @Test
  void whatIsLeftAtItsRuleIsRecordedAsByVersionsThatDidNotKnowIt() throws IOException {
    RunSpec spec = TinyRuns.spec("lora", TASKS, 1);
    JsonNode json = new ObjectMapper().readTree(Json.bytes(spec));
    assertFalse(json.has("perTask"), json.toString());
    assertFalse(json.path("decoder").has("norms"), json.toString());
    assertEquals(spec, new ObjectMapper().treeToValue(json, RunSpec.class));
    RunSpec other = specifications().get(1);
    JsonNode written = new ObjectMapper().readTree(Json.bytes(other));
    assertEquals(other, new ObjectMapper().treeToValue(written, RunSpec.class));
  }

  @ParameterizedTest
  @MethodSource("specifications")
  void aSavedRunScoresAsItDidWhenItWasTrained(RunSpec spec) {
    DataSource data = TinyRuns.data();
    RunResult result = new Runner(spec, data, folder).run(TrainListener.NONE);
    try (SavedRun saved = SavedRun.open(folder)) {
      assertEquals(result.values(), saved.evaluate(data).values());
      INDArray images = data.validation(saved.model().tasks(), 2).next().getFeatures(0);
      Map<String, INDArray> predictions = saved.predict(images);
      assertArrayEquals(new long[] {2, 3, 32, 32}, predictions.get("normals").shape());
      INDArray wrong = images.permute(0, 2, 3, 1);
      assertTrue(
          assertThrows(InputException.class, () -> saved.predict(wrong))
              .getMessage()
              .contains("it looks like NHWC"));
    }
  }

  @Test
  void anotherSpecificationIsAnotherRun() {
    RunSpec spec = TinyRuns.spec("lora", TASKS, 1);
    assertEquals(spec.hash(), TinyRuns.spec("lora", TASKS, 1).hash());
    assertEquals(spec.hash(), spec.withMethod("lora", Map.of("rank", "8")).hash());
    assertNotEquals(spec.hash(), spec.withMethod("lora", Map.of("rank", "2")).hash());
    assertNotEquals(spec.hash(), TinyRuns.spec("lora", TASKS, 2).hash());
    assertNotEquals(spec.hash(), TinyRuns.spec("lora", "normals,sal", 1).hash());
    assertFalse(Runner.finished(spec, folder).isPresent());
  }

  /** Decay went by letters of names once: such a run is not this one, though it is read. */
  @Test
  void aRecordOfDecayByNamesIsOfAnotherRun() throws IOException {
    RunSpec spec = TinyRuns.spec("decoders-only", "normals", 1);
    RunSpec earlier =
        Json.parse(
            new String(Json.bytes(spec), StandardCharsets.UTF_8)
                .replace("STANDARD_BY_KIND", "STANDARD"),
            RunSpec.class,
            "record");
    assertEquals(WeightDecayPolicy.BY_NAME, earlier.train().decayPolicy());
    assertNotEquals(spec.hash(), earlier.hash());
    assertEquals(
        "train.decayPolicy is 'STANDARD' there and 'STANDARD_BY_KIND' here",
        SpecDifference.text(earlier, spec));
    Runner runner = new Runner(earlier, TinyRuns.data(), folder);
    assertTrue(
        assertThrows(InputException.class, () -> runner.run(TrainListener.NONE))
            .getMessage()
            .contains("train anew"));
    assertFalse(Files.exists(folder.resolve(RunResult.FILE)));
  }

  @Test
  void aRunThatFailsIsRecordedAndNotTakenForFinished() {
    RunSpec spec = TinyRuns.spec("decoders-only", "sal", 1);
    RunResult result = new Runner(spec, poisoned(), folder).run(TrainListener.NONE);

    assertEquals(RunResult.Status.FAILED, result.status());
    assertTrue(result.error().contains("step 1: loss.sal is NaN"), result.error());
    assertEquals(result, RunResult.read(folder));
    assertTrue(result.parameters().trainable() > 0, "known although it failed");
    assertFalse(Runner.finished(spec, folder).isPresent());
    String message = assertThrows(InputException.class, () -> SavedRun.open(folder)).getMessage();
    assertTrue(message.contains("failed"), message);
  }

  @Test
  void anUnwritableFolderIsFoundBeforeAnythingIsComputed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    for (Path unwritable : new Path[] {file, file.resolve("below")}) {
      Runner runner = new Runner(TinyRuns.spec("lora", TASKS, 1), new Untouchable(), unwritable);
      String message =
          assertThrows(UncheckedIOException.class, () -> runner.run(TrainListener.NONE))
              .getMessage();
      assertTrue(message.contains(unwritable.toString()), message);
    }
  }

  @Test
  void specificationsThatCannotWorkAreRefused() {
    RunSpec spec = TinyRuns.spec("lora", TASKS, 1);
    assertMessage(
        "an update takes 16 images", () -> spec.withTrain(TrainConfig.of(1, 16, 1e-3, 7)));
    assertMessage("did you mean 'lora'", () -> spec.withMethod("lroa", Map.of()));
    assertMessage("unknown task", () -> TinyRuns.spec("lora", "depht", 1));
    assertMessage("no backbone 'swin-nona'", () -> backbone("swin-nona", "random", ""));
    assertMessage(
        "there is no such file",
        () -> BackboneSpec.file(TinyRuns.backbone(), folder.resolve("w"), LoadOptions.STRICT));
    assertMessage("none", () -> backbone("swin-tiny", "pretrained", "abc").build());
  }

  private static BackboneSpec backbone(String preset, String weights, String hash) {
    return new BackboneSpec(preset, 32, 32, false, weights, hash, LoadOptions.STRICT);
  }

  private static void assertMessage(String part, org.junit.jupiter.api.function.Executable code) {
    String message = assertThrows(InputException.class, code).getMessage();
    assertTrue(message.contains(part), message);
  }

  /** One image is NaN. */
  private static DataSource poisoned() {
    TaskSet tasks = TaskSet.parse("sal");
    MultiDataSet batch = TinyRuns.data().train(tasks, 4, 1, 1).next();
    batch.getFeatures(0).putScalar(0, Double.NaN);
    DataSpec data = TinyRuns.DATA;
    return IteratorData.of(
        new IteratorData.Layout(data.id(), TinyRuns.SIZE, TinyRuns.SIZE, data.trainSize(), tasks),
        (size, seed, epoch) -> new SingletonMultiDataSetIterator(batch),
        size -> new SingletonMultiDataSetIterator(batch));
  }

  /** Data that nobody may ask for. */
  private record Untouchable() implements DataSource {
    private static AssertionError touched() {
      return new AssertionError("data was touched before the folder was checked");
    }

    @Override
    public String id() {
      throw touched();
    }

    @Override
    public int height() {
      throw touched();
    }

    @Override
    public int width() {
      throw touched();
    }

    @Override
    public int trainSize() {
      throw touched();
    }

    @Override
    public java.util.List<String> tasks() {
      throw touched();
    }

    @Override
    public String defaultTasks() {
      throw touched();
    }

    @Override
    public org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator train(
        TaskSet tasks, int batch, long seed, int epoch) {
      throw touched();
    }

    @Override
    public org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator validation(
        TaskSet tasks, int batch) {
      throw touched();
    }
  }
}
