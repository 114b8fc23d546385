package io.peft4j.adapters.folder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.adapters.Adapter;
import io.peft4j.adapters.HeadTasks;
import io.peft4j.adapters.Models;
import io.peft4j.adapters.heads.HeadRecipe;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.Init;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.safetensors.SafetensorsFile;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.LoadOptions;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.registry.PluginMark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a folder holds, and for whom: forms, heads, other backbones, other tasks. */
class AdapterFolderTest {
  @TempDir private Path folder;

  private final Backbone backbone = Models.backbone();

  private Path write(Adapter adapter, String name) {
    Path target = folder.resolve(name);
    AdapterWriter.STANDARD.write(target, adapter, backbone, CardFacts.NONE);
    return target;
  }

  private Adapter lora(String options) {
    return Models.adapter(backbone, "lora", options, 1);
  }

  /** Configurations that peft does not know are told as plain LoRA that computes the same. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rank=2 init=pissa alpha=3",
        "rank=2 init=pissa dora=true rslora=true targets=mlp",
        "rank=2 qkvParts=q,v",
        "rank=1 qkvParts=k dora=true",
      })
  void convertedItComputesTheSame(String options) {
    Adapter before = lora(options);
    Path target = write(before, "converted");
    assertTrue(AdapterFolder.open(target).isPortable());
    Adapter after = AdapterFolder.open(target).read(backbone).adapter();
    INDArray images = Models.images(backbone, 2);
    assertEquals(
        0,
        Models.error(
            before.on(backbone, Models.TASKS).features(images),
            after.on(backbone, Models.TASKS).features(images)),
        1e-5);
  }

  @Test
  void whatPeftCannotKeepIsWrittenInOurFormWithTheReason() {
    Adapter adapter = lora("rank=2 unfreeze=position-bias");
    Path target = folder.resolve("own");
    AdapterWriter.Written written =
        AdapterWriter.STANDARD.write(target, adapter, backbone, CardFacts.NONE);
    assertFalse(written.portable());
    assertTrue(
        written.reason().orElse("").contains("relative_position_bias_table"),
        written.reason().toString());
    InputException e =
        assertThrows(
            InputException.class,
            () ->
                new AdapterWriter(Form.PORTABLE, "own", false)
                    .write(folder.resolve("no"), adapter, backbone, CardFacts.NONE));
    assertTrue(e.getMessage().contains("peft cannot keep"), e.getMessage());
    assertFalse(Files.exists(folder.resolve("no")));
  }

  @Test
  void adaptersOfTasksAreAFolderEach() {
    Adapter all = lora("rank=2 perTask=true");
    Path target = write(all, "tasks");
    INDArray images = Models.images(backbone, 1);
    Map<String, List<INDArray>> expected = all.on(backbone, Models.TASKS).features(images);
    for (Task task : Models.TASKS) {
      Adapter own = AdapterFolder.open(target.resolve(task.name())).read(backbone).adapter();
      assertEquals(List.of(task), own.tasks());
      Map<String, List<INDArray>> found = own.on(backbone, List.of(task)).features(images);
      own.state()
          .forEach(
              (name, array) ->
                  assertEquals(all.state().get(name + "." + task.name()), array, name));
      // Alone and beside another task, products have other shapes, and so may round otherwise.
      assertEquals(
          0,
          Models.error(Map.of("x", expected.get(task.name())), Map.of("x", found.get(task.name()))),
          1e-5);
    }
    InputException e = assertThrows(InputException.class, () -> AdapterFolder.open(target));
    assertTrue(e.getMessage().contains("[normals, sal]"), e.getMessage());
  }

  @Test
  void headsLieInAFileOfTheirOwn() {
    PeftModel model = Models.trained(backbone, "lora", "rank=2", 1);
    model.target().decoderParam("heads.sal.weight", Init.uniform(1), 3, 2);
    model.target().buffer("heads.sal.running_mean", Init.ones(), 3);
    Path target = write(Adapter.of(model, false), "heads");
    Adapter read = AdapterFolder.open(target).read(backbone).adapter();
    assertEquals(
        List.of("heads.sal.running_mean", "heads.sal.weight"), List.copyOf(read.heads().keySet()));
    assertTrue(read.state().keySet().stream().noneMatch(n -> n.startsWith("heads")));
    assertEquals(read.heads(), read.headsFor(Models.TASKS));
    InputException e =
        assertThrows(InputException.class, () -> read.headsFor(List.of(new Task("sal", 1))));
    assertTrue(e.getMessage().contains("for sal:1, normals:3, not for sal:1"), e.getMessage());
  }

  /** A task may be called as a part of another's head. */
  @Test
  void eachTaskGetsItsOwnHeads() {
    List<Task> tasks = List.of(new Task("a", 1), new Task("last_layer", 1));
    PeftModel model = Peft.adapt(backbone, "lora", Models.options("rank=2 perTask=true"), tasks);
    for (Task task : tasks) {
      String name = "decoders." + task.name() + ".last_layer.0.";
      io.peft4j.api.routing.Stream own = io.peft4j.api.routing.Stream.of(task.name());
      model.target().decoderParam(name + "weight", own, Param.Kind.WEIGHT, Init.ones(), 3, 2);
      model.target().buffer(name + "running_mean", own, Init.ones(), 3);
    }
    model.target().decoderParam("norm_shared_0.weight", Init.ones(), 3);
    Adapter written = Adapter.of(model, false);
    assertEquals(
        written.headTasks(),
        HeadTasks.ofEarlier(written.heads().keySet(), tasks),
        "as files that do not say it have it");
    Path target = write(written, "heads");
    for (Task task : tasks) {
      String name = "decoders." + task.name() + ".last_layer.0.";
      Adapter read = AdapterFolder.open(target.resolve(task.name())).read(backbone).adapter();
      assertEquals(
          Set.of(name + "weight", name + "running_mean", "norm_shared_0.weight"),
          read.heads().keySet());
      assertEquals(
          Map.of(name + "weight", task.name(), name + "running_mean", task.name()),
          read.headTasks());
    }
  }

  @Test
  void whatHeadsNeedComesBackAsItWas() throws IOException {
    HeadRecipe recipe =
        new HeadRecipe(
            "hrnet",
            Map.of("channels", "2,3", "norms", "none"),
            List.of(
                new HeadRecipe.Output("sal", 1, List.of()),
                new HeadRecipe.Output("semseg", 2, List.of("wall", "floor"))),
            new HeadRecipe.Input(32, 64, List.of(0.485), List.of(0.229)),
            new HeadRecipe.Base(
                "swin-micro",
                true,
                "w.pth",
                "abc",
                new LoadOptions("timm", List.of("a*"), List.of("head.*"), true)),
            "rooms");
    PeftModel model = Models.trained(backbone, "lora", "rank=2", 1);
    model.target().decoderParam("heads.sal.weight", Init.uniform(1), 3, 2);
    Path target = write(Adapter.of(model, false).withRecipe(recipe), "recipe");
    AdapterFolder opened = AdapterFolder.open(target);
    assertEquals(recipe, opened.recipe().orElseThrow());
    assertEquals(recipe, opened.read(backbone).adapter().recipe().orElseThrow());
    assertEquals(
        List.of("semseg"),
        recipe.only("semseg").outputs().stream().map(HeadRecipe.Output::task).toList());
    Path file = target.resolve(AdapterFolder.RECIPE);
    String text = Files.readString(file);
    Files.writeString(file, text.replace("\"decoder\"", "\"decoderr\""));
    wrongRecipe(opened, "heads.json: decoder is missing");
    Files.writeString(file, text.replace("\"floor\"", "\"floor\", \"ceiling\""));
    wrongRecipe(opened, "task 'semseg' has 2 channels and 3 names of classes");
    Files.writeString(file, text.replace("0.229", "0"));
    wrongRecipe(opened, "heads.json: normalisation");
  }

  private static void wrongRecipe(AdapterFolder folder, String message) {
    InputException e = assertThrows(InputException.class, folder::recipe);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  /** Nothing of one side is passed over where the other has no heads. */
  @Test
  void headsOfOneSideAreADifference() {
    PeftModel model = Models.trained(backbone, "lora", "rank=2", 1);
    model.target().decoderParam("heads.sal.weight", Init.uniform(1), 3, 2);
    Adapter headed = Adapter.of(model, false);
    Path with = write(headed, "with");
    Path without = write(headed.withoutHeads(), "without");
    assertEquals(
        List.of("heads.sal.weight"),
        AdapterDiff.of(AdapterFolder.open(with), AdapterFolder.open(without)).onlyLeft());
    assertEquals(
        List.of("heads.sal.weight"),
        AdapterDiff.of(AdapterFolder.open(without), AdapterFolder.open(with)).onlyRight());
  }

  @Test
  void aFolderWhosePluginIsMissingNamesIt() throws IOException {
    Path target = write(Models.adapter(backbone, "mtlora", "sharedRank=2 taskRank=1", 1), "ssf");
    Path file = target.resolve(AdapterFolder.MODEL);
    Map<String, String> metadata;
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      metadata = opened.metadata();
    }
    assertEquals("mtlora", AdapterFolder.open(target).plugin().orElseThrow().method());
    Origin origin = Origin.of(metadata, "test").orElseThrow();
    PluginMark ssf = new PluginMark("ssf", "1.0.0", "com.example.Ssf", "", "ssf.jar");
    Map<String, INDArray> tensors = Safetensors.read(file);
    Safetensors.write(
        file,
        tensors,
        new Origin("ssf", origin.tasks(), origin.backbone(), Optional.of(ssf)).metadata());
    refused("version 1.0.0 of the plugin com.example.Ssf (ssf.jar)", target, backbone);
    refused("name ssf.jar in PEFT_PLUGINS", target, backbone);
    // Folders of older versions do not say.
    Safetensors.write(
        file,
        tensors,
        new Origin("ssf", origin.tasks(), origin.backbone(), Optional.empty()).metadata());
    refused("'ssf' is not on the class path, and it is not recorded", target, backbone);
    Safetensors.write(
        file,
        tensors,
        new Origin("mtlora", origin.tasks(), origin.backbone(), Optional.empty()).metadata());
    assertEquals(List.of(), AdapterFolder.open(target).read(backbone).notes());
    PluginMark other = new PluginMark("mtlora", "9", "com.example.Mtlora", "", "m.jar");
    Safetensors.write(
        file,
        tensors,
        new Origin("mtlora", origin.tasks(), origin.backbone(), Optional.of(other)).metadata());
    List<String> notes = AdapterFolder.open(target).read(backbone).notes();
    assertTrue(notes.get(0).contains("made with version 9"), notes.toString());
  }

  @Test
  void anotherBackboneIsRefusedNamingBoth() {
    Path target = write(lora("rank=2"), "a");
    Architecture other = Models.swin().withImage(64, 64);
    refused("other weights", target, other.build(WeightSource.random(12), DataType.FLOAT));
    refused(
        "swin-micro, whose stages are 2 of width 8, 2 of width 16, not for swin-deep, whose stages"
            + " are 2 of width 8, 3 of width 16",
        target,
        Models.backbone(
            Swin.preset("swin-nano")
                .withId("swin-deep")
                .withStages(8, List.of(2, 3), List.of(1, 2))
                .withWindowSize(4)
                .withImage(32, 32),
            DataType.FLOAT));
    refused("pvt-micro", target, Models.backbone(Models.pvt(), DataType.FLOAT));
    // Another image size is no other backbone: its position tables are not compared.
    AdapterFolder.open(target).read(other.build(WeightSource.random(11), DataType.FLOAT));
  }

  @Test
  void anotherNumberOfTasksIsRefusedNamingBoth() {
    Adapter adapter =
        AdapterFolder.open(
                write(Models.adapter(backbone, "mtlora", "sharedRank=2 taskRank=1", 1), "mtlora"))
            .read(backbone)
            .adapter();
    InputException e =
        assertThrows(InputException.class, () -> adapter.on(backbone, List.of(new Task("sal", 1))));
    assertTrue(
        e.getMessage().contains("for 2 tasks (sal:1, normals:3), but 1 (sal:1) is wanted"),
        e.getMessage());
  }

  @Test
  void whatAllTasksShareServesOthersToo() {
    Adapter adapter = AdapterFolder.open(write(lora("rank=2"), "a")).read(backbone).adapter();
    PeftModel model = adapter.on(backbone, List.of(new Task("edge", 1)));
    assertEquals(Models.bits(adapter.state()), Models.bits(model.state()));
  }

  @Test
  void aFolderAppearsCompleteOrNotAtAllAndNothingIsReplacedUnasked() throws IOException {
    Path target = write(lora("rank=2"), "a");
    InputException e = assertThrows(InputException.class, () -> write(lora("rank=3"), "a"));
    assertTrue(e.getMessage().contains("is there already"), e.getMessage());
    new AdapterWriter(Form.AUTO, "own", true)
        .write(target, lora("rank=3"), backbone, CardFacts.NONE);
    assertEquals(3, AdapterFolder.open(target).config().integer("r", 0));
    Path other = Files.createDirectory(folder.resolve("other"));
    Files.writeString(other.resolve("thesis.txt"), "years of work");
    assertThrows(
        InputException.class,
        () ->
            new AdapterWriter(Form.AUTO, "own", true)
                .write(other, lora("rank=2"), backbone, CardFacts.NONE));
    assertTrue(Files.exists(other.resolve("thesis.txt")));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(
          List.of("a", "other"),
          left.map(p -> p.getFileName().toString()).sorted().toList(),
          "no temporary folder stays");
    }
  }

  @Test
  void theCardTellsWhatItIs() throws IOException {
    CardFacts facts =
        new CardFacts(
            Map.of("Data", "rooms, seed 7"),
            Map.of("sal", Map.of("mIoU", 0.5)),
            "./peft train --method lora");
    Path target = folder.resolve("card");
    AdapterWriter.STANDARD.write(target, lora("rank=2"), backbone, facts);
    String card = Files.readString(target.resolve(AdapterFolder.CARD));
    for (String word :
        List.of(
            "# lora on swin-micro",
            "Hash of its weights",
            "Tasks: sal:1, normals:3",
            "Numbers in the adapter: 1,536",
            "Data: rooms, seed 7",
            "| sal | mIoU | 0.5000 |",
            "./peft train --method lora",
            "PeftModel.from_pretrained")) {
      assertTrue(card.contains(word), word + " is not in " + card);
    }
  }

  @Test
  void storageCountsAdaptersOnceAndFullModelsForEveryTask() {
    Adapter adapter = lora("rank=2");
    StorageReport report = StorageReport.of(List.of(adapter), backbone);
    long numbers = backbone.params().stream().mapToLong(p -> p.shape().size()).sum();
    assertEquals(2, report.tasks());
    assertEquals(2 * 4 * numbers, report.fullBytes());
    assertEquals(
        4 * adapter.state().values().stream().mapToLong(INDArray::length).sum(),
        report.adapterBytes());
    assertEquals(4 * numbers + report.adapterBytes(), report.sharedBytes());
  }

  private static void refused(String word, Path target, Backbone on) {
    InputException e =
        assertThrows(InputException.class, () -> AdapterFolder.open(target).read(on));
    assertTrue(e.getMessage().contains(word), e.getMessage());
  }
}
