package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.adapters.folder.AdapterFolder;
import io.peft4j.adapters.folder.AdapterWriter;
import io.peft4j.adapters.heads.HeadRecipe;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.weights.LoadOptions;
import io.peft4j.harness.data.scenes.SceneClass;
import io.peft4j.harness.train.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An exported folder predicts by itself what its run does, and says what is missing. */
class ExportedModelTest {
  @TempDir private static Path runs;
  private static Path weights;

  @TempDir private Path temp;
  private Path folder;

  /** On weights of a file, whose place a folder must not depend on. */
  @BeforeAll
  static void train() {
    Backbone random = BackboneSpec.random(TinyRuns.backbone()).build();
    Map<String, INDArray> arrays = new TreeMap<>();
    random.params().forEach(p -> arrays.put(p.path(), random.graph().getArrForVarName(p.path())));
    weights = runs.resolve("swin.safetensors");
    Safetensors.write(weights, arrays, Map.of());
    RunSpec tiny = TinyRuns.spec("lora", "semseg:12,sal", 1);
    RunSpec spec =
        new RunSpec(
            tiny.method(),
            tiny.options(),
            false,
            BackboneSpec.file(TinyRuns.backbone(), weights, LoadOptions.STRICT),
            tiny.data(),
            tiny.tasks(),
            tiny.decoder(),
            tiny.train());
    new Runner(spec, TinyRuns.data(), runs.resolve("run")).run(TrainListener.NONE);
  }

  @BeforeEach
  void export() {
    folder = temp.resolve("exported");
    try (SavedRun run = run()) {
      AdapterWriter.STANDARD.write(
          folder, run.adapter(), run.model().peft().backbone(), RunCard.of(run.result()));
    }
  }

  private static SavedRun run() {
    return SavedRun.open(runs.resolve("run"));
  }

  private static INDArray images() {
    return TinyRuns.data()
        .validation(TinyRuns.spec("lora", "sal", 1).taskSet(), 2)
        .next()
        .getFeatures(0);
  }

  private static void assertSame(Map<String, INDArray> expected, Map<String, INDArray> found) {
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach(
        (task, map) ->
            assertArrayEquals(map.data().asFloat(), found.get(task).data().asFloat(), task));
  }

  @Test
  void itPredictsToTheBitAsItsRun() {
    INDArray images = images();
    try (SavedRun run = run();
        ExportedModel exported = ExportedModel.open(folder)) {
      assertSame(run.predict(images), exported.predict(images));
      assertEquals(run.tasks(), exported.tasks());
      assertEquals(run.backbone(), exported.backbone());
      HeadRecipe recipe = exported.recipe();
      assertEquals(SceneClass.count(), recipe.outputs().get(0).classes().size());
      assertEquals("wall", recipe.outputs().get(0).classes().get(0));
      assertEquals(List.of(0.485, 0.456, 0.406), recipe.input().mean());
    }
  }

  @Test
  void weightsThatLieElsewhereAreAskedForAndChecked() throws IOException {
    Path recipe = folder.resolve(AdapterFolder.RECIPE);
    Files.writeString(
        recipe, Files.readString(recipe).replace(weights.toString(), "/no/such/file.pth"));
    refused("were in /no/such/file.pth (SHA-256 ");
    INDArray images = images();
    try (SavedRun run = run();
        ExportedModel exported = ExportedModel.open(folder, Optional.of(weights))) {
      assertSame(run.predict(images), exported.predict(images));
    }
    Map<String, INDArray> others = new TreeMap<>(Safetensors.read(weights));
    others.replaceAll((name, array) -> array.mul(2));
    Path other = temp.resolve("other.safetensors");
    Safetensors.write(other, others, Map.of());
    InputException e =
        assertThrows(
            InputException.class, () -> ExportedModel.open(folder, Optional.of(other)).close());
    assertTrue(e.getMessage().contains("other weights of swin-nano"), e.getMessage());
  }

  @Test
  void whatIsMissingIsNamed() throws IOException {
    Path recipe = folder.resolve(AdapterFolder.RECIPE);
    Path heads = folder.resolve(AdapterFolder.HEADS);
    String text = Files.readString(recipe);
    Files.writeString(recipe, text.replace("0.485", "0.5"));
    refused("normalised by mean [0.5, ");
    Files.writeString(recipe, text.replace("\"hrnet\"", "\"hrnett\""));
    refused("unknown decoder 'hrnett'");
    Files.writeString(recipe, text.replace("\"2,3,4,5\"", "\"2,3,4,6\""));
    refused("has shape");
    Files.delete(recipe);
    refused("there is no heads.json; export it again");
    Files.delete(heads);
    refused("has no heads (heads.safetensors)");
    Files.writeString(recipe, text);
    refused("there is no heads.safetensors");
  }

  private void refused(String message) {
    InputException e = assertThrows(InputException.class, () -> ExportedModel.open(folder).close());
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertTrue(e.getMessage().startsWith(folder.toString()), e.getMessage());
  }
}
