package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.harness.run.RunResult;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The life of an adapter at the command line: a run, its folder, its merged checkpoint. */
class AdapterCommandsTest {
  private static final String SMALL =
      " --backbone swin-nano --image-size 32 --tasks sal,normals --train-size 4 --validation-size 2"
          + " --batch 2 --epochs 1 --decoder-channels 2,3,4,5 --lr 0.01 --out ";

  @TempDir private static Path folder;

  @BeforeAll
  static void train() {
    done("train --method lora --set rank=2" + SMALL + run("lora"));
    done("train --method lora --set rank=2 --set perTask=true" + SMALL + run("tasks"));
    done("train --method mtlora --set sharedRank=4 --set taskRank=2" + SMALL + run("mtlora"));
  }

  private static Run done(String line) {
    Run run = Run.line(line);
    assertEquals(ExitCode.DONE, run.code(), run.err());
    return run;
  }

  private static Run refused(String message, String line) {
    Run run = Run.line(line);
    assertEquals(ExitCode.WRONG_INPUT, run.code(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    return run;
  }

  private static Path run(String name) {
    return folder.resolve("run-" + name);
  }

  private static Path path(String name) {
    return folder.resolve(name);
  }

  @Test
  void anExportedAdapterIsPeftsAndHoldsItsHeadsAndItsCard() throws IOException {
    JsonNode written =
        done("export --run %s --out %s --json".formatted(run("lora"), path("own"))).json();
    assertEquals("portable", written.path("form").textValue());
    assertEquals(2, written.path("storage").path("tasks").intValue());
    Map<String, INDArray> tensors =
        Safetensors.read(path("own").resolve("adapter_model.safetensors"));
    INDArray a = tensors.get("base_model.model.layers.0.blocks.0.attn.qkv.lora_A.weight");
    Map<String, INDArray> trained = Safetensors.read(run("lora").resolve("best.safetensors"));
    assertArrayEquals(
        trained.get("layers.0.blocks.0.attn.qkv.lora_A").data().asFloat(), a.data().asFloat());
    assertTrue(Files.exists(path("own").resolve("heads.safetensors")));
    String card = Files.readString(path("own").resolve("README.md"));
    for (String word :
        List.of("swin-nano", "Hash of its weights", "sal:1", "scenes", "Seed", "rank: `2`")) {
      assertTrue(card.contains(word), card);
    }
    assertTrue(card.contains("./peft train --method lora --backbone swin-nano"), card);
  }

  /** What a card prints can be run, and gives what the card says. */
  @Test
  void theCommandsOfACardRun() throws IOException {
    for (String name : List.of("lora", "mtlora")) {
      Path exported = path("card-" + name);
      done("export --run %s --out %s".formatted(run(name), exported));
      List<String> commands =
          Files.readString(exported.resolve("README.md"))
              .lines()
              .filter(line -> line.startsWith("./peft "))
              .map(line -> line.substring("./peft ".length()))
              .toList();
      assertEquals(2, commands.size(), commands.toString());
      done(commands.get(0).replace("--out run", "--out " + path("again-" + name)));
      assertEquals(
          RunResult.read(run(name)).specHash(), RunResult.read(path("again-" + name)).specHash());
      Path photo = path("photo-" + name + ".png");
      ImageIO.write(new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB), "png", photo.toFile());
      done(
          commands
              .get(1)
              .replace("path/of/this/folder", exported.toString())
              .replace("photo.jpg", photo.toString())
              .replace("--out predictions", "--out " + path("predictions-" + name)));
      done(
          "predict --run %s --image %s --out %s"
              .formatted(run(name), photo, path("of-run-" + name)));
      for (String task : List.of("sal.png", "normals.png")) {
        assertArrayEquals(
            Files.readAllBytes(path("of-run-" + name).resolve(task)),
            Files.readAllBytes(path("predictions-" + name).resolve(task)));
      }
    }
  }

  @Test
  void headsOfCombinedAdaptersAreKeptOrAskedFor() throws IOException {
    done("train --method lora --set rank=2 --seed 9" + SMALL + run("other"));
    done("export --run %s --out %s".formatted(run("lora"), path("h1")));
    done("export --run %s --out %s".formatted(run("other"), path("h2")));
    String line = "combine %s=0.5 %s=0.5 --image-size 32 --out ".formatted(path("h1"), path("h2"));
    refused("--heads first, none or a folder", line + path("h3"));
    refused("--heads frist: is neither", line + path("h3") + " --heads frist");
    assertFalse(Files.exists(path("h3")));
    done(line + path("h3") + " --heads " + path("h2"));
    assertEquals(
        -1,
        Files.mismatch(
            path("h2").resolve("heads.safetensors"), path("h3").resolve("heads.safetensors")));
    assertTrue(Files.exists(path("h3").resolve("heads.json")));
    done(line + path("h4") + " --heads none");
    assertFalse(Files.exists(path("h4").resolve("heads.safetensors")));
    String err =
        done("merge %s --image-size 32 --out %s".formatted(path("h1"), path("h.safetensors")))
            .err();
    assertTrue(err.contains("heads are not in the checkpoint"), err);
  }

  @Test
  void importedUnderOtherNamesAndBackItIsTheSame() {
    done("export --run %s --out %s".formatted(run("lora"), path("a")));
    done("export --run %s --out %s --names huggingface".formatted(run("lora"), path("hf")));
    JsonNode imported =
        done("import %s --out %s --image-size 32 --json".formatted(path("hf"), path("b"))).json();
    assertEquals("huggingface", imported.path("names").textValue());
    JsonNode diff = done("diff %s %s --json".formatted(path("a"), path("b"))).json();
    assertEquals(0, diff.path("diff").path("changed").size());
    assertEquals(0, diff.path("diff").path("onlyLeft").size());
    JsonNode other = done("diff %s %s --json".formatted(path("a"), path("hf"))).json();
    assertFalse(other.path("same").booleanValue());
    assertTrue(other.path("diff").path("onlyRight").size() > 0);
  }

  @Test
  void adaptersOfTasksAreOneFolderEachOrOneTaskAlone() {
    JsonNode written =
        done("export --run %s --out %s --json".formatted(run("tasks"), path("tasks"))).json();
    assertEquals(2, written.path("folders").size());
    JsonNode inspected = done("inspect %s --json".formatted(path("tasks/sal"))).json();
    assertEquals("sal:1", inspected.path("tasks").textValue());
    assertEquals("lora", inspected.path("method").textValue());
    refused("holds no adapter", "inspect " + path("tasks"));
    done("export --run %s --task sal --out %s".formatted(run("tasks"), path("one")));
    JsonNode diff = done("diff %s %s --json".formatted(path("tasks/sal"), path("one"))).json();
    assertTrue(diff.path("same").booleanValue(), diff.toString());
  }

  @Test
  void otherMethodsKeepTheirOptionsAndNames() {
    JsonNode written =
        done("export --run %s --out %s --json".formatted(run("mtlora"), path("mt"))).json();
    assertEquals("native", written.path("form").textValue());
    JsonNode inspected = done("inspect %s --json".formatted(path("mt"))).json();
    assertEquals("mtlora", inspected.path("options").path("peft_type").textValue());
    assertEquals("2", inspected.path("options").path("options").path("taskRank").textValue());
    done("import %s --out %s --image-size 32".formatted(path("mt"), path("mt2")));
    JsonNode diff = done("diff %s %s --json".formatted(path("mt"), path("mt2"))).json();
    assertTrue(diff.path("same").booleanValue(), diff.toString());
    refused(
        "mtlora", "export --run %s --form portable --out %s".formatted(run("mtlora"), path("mt3")));
    assertFalse(Files.exists(path("mt3")));
  }

  @Test
  void aMergedCheckpointIsABackboneAndUnmergedTheBitsAreBack() {
    done("export --run %s --out %s".formatted(run("lora"), path("m")));
    Path merged = path("merged.safetensors");
    Path undo = path("undo.safetensors");
    JsonNode result =
        done("merge %s --image-size 32 --out %s --undo %s --json"
                .formatted(path("m"), merged, undo))
            .json();
    double error = result.path("relativeError").doubleValue();
    assertTrue(error >= 0 && error <= 1e-5, "measured " + error);
    Path second = path("merged-run.safetensors");
    done("merge --run %s --out %s".formatted(run("lora"), second));
    assertEquals(Safetensors.read(merged).keySet(), Safetensors.read(second).keySet());
    Path restored = path("restored.safetensors");
    done("unmerge %s --undo %s --out %s".formatted(merged, undo, restored));
    Map<String, INDArray> again = Safetensors.read(restored);
    Map<String, INDArray> twice = Safetensors.read(merged);
    String weight = "layers.0.blocks.0.attn.qkv.weight";
    assertFalse(again.get(weight).equalsWithEps(twice.get(weight), 1e-7));
    // The restored weights are a checkpoint of the very hash that the adapter was trained on.
    done(
        "import %s --image-size 32 --weights %s --out %s"
            .formatted(path("m"), restored, path("m2")));
    refused(
        "other weights of swin-nano",
        "import %s --image-size 32 --weights %s --out %s".formatted(path("m"), merged, path("m3")));
  }

  @Test
  void combinedByWeightsOrAloneAsItIs() {
    done("export --run %s --out %s".formatted(run("lora"), path("c")));
    done("combine %s --kind svd --image-size 32 --out %s".formatted(path("c"), path("c1")));
    JsonNode same = done("diff %s %s --json".formatted(path("c"), path("c1"))).json();
    assertEquals(0, same.path("diff").path("changed").size());
    done(
        "combine %s=0.5 %s=-0.25 --image-size 32 --out %s"
            .formatted(path("c"), path("c1"), path("c2")));
    JsonNode sum = done("inspect %s --json".formatted(path("c2"))).json();
    assertEquals(4, sum.path("options").path("r").intValue());
    refused("write FOLDER=WEIGHT", "combine %s=x --out %s".formatted(path("c"), path("c3")));
    refused(
        "for the kind svd alone",
        "combine %s --rank 1 --image-size 32 --out %s".formatted(path("c"), path("c3")));
    assertFalse(Files.exists(path("c3")));
  }

  @Test
  void whatDoesNotFitIsRefusedAndNothingIsWritten() {
    done("export --run %s --out %s".formatted(run("lora"), path("x")));
    refused(
        "for swin-nano, whose stages are",
        "import %s --backbone pvt-nano --out %s".formatted(path("x"), path("y")));
    refused("is there already", "export --run %s --out %s".formatted(run("lora"), path("x")));
    refused("is no adapter", "export --run %s --out %s".formatted(run("lora"), run("lora")));
    refused(
        "no task 'sall'; did you mean 'sal'",
        "export --run %s --task sall --out %s".formatted(run("lora"), path("y")));
    refused(
        "no names 'timn'",
        "export --run %s --form portable --names timn --out %s".formatted(run("lora"), path("y")));
    refused("one of the two", "merge --out " + path("z.safetensors"));
    refused("give one of the two", "inspect %s --targets qkv".formatted(path("x")));
    assertFalse(Files.exists(path("y")));
    assertFalse(Files.exists(path("z.safetensors")));
  }
}
