package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** From one comparison on tiny images: its files, its skipping, and what its runs can do. */
@TestMethodOrder(MethodOrderer.MethodName.class)
class CompareCommandTest {
  private static final String SIZES =
      "--image-size 32 --train-size 8 --validation-size 4 --batch 4 --epochs 1 --tasks sal,depth"
          + " --decoder-channels 2,3,4,5";

  @TempDir private static Path folder;

  private static Path out;
  private static Run first;

  @BeforeAll
  static void compare() {
    out = folder.resolve("comparison");
    first = run("compare --methods decoders-only,lora --set lora.rank=2 %s --out %s", SIZES, out);
  }

  @Test
  void theTableIsPrintedAndWritten() throws IOException {
    assertEquals(ExitCode.DONE, first.code(), first.err());
    List<String> lines = first.out().lines().toList();
    assertEquals(4, lines.size(), first.out());
    assertTrue(lines.get(0).contains("sal mIoU % ↑"), lines.get(0));
    assertTrue(lines.get(0).contains("depth rmse ↓"), lines.get(0));
    assertTrue(lines.get(1).startsWith("single task"), lines.get(1));
    assertTrue(lines.get(2).startsWith("decoders-only"), lines.get(2));
    assertTrue(lines.get(3).startsWith("lora"), lines.get(3));
    List<String> markdown = Files.readAllLines(out.resolve("table.md"));
    assertEquals(5, markdown.size());
    assertTrue(markdown.get(1).startsWith("|:---|---:|"), markdown.get(1));
  }

  @Test
  void picturesHaveAColumnPerMethodAndARowPerImageAndTask() throws IOException {
    BufferedImage sheet = ImageIO.read(out.resolve("pictures.png").toFile());
    // image, truth, single task, and two methods
    assertEquals(2 * 12 + 5 * 132 - 4, sheet.getWidth());
    assertEquals(12 + 2 * (2 * 22 + 4 * 132 + 12), sheet.getHeight());
    BufferedImage plot = ImageIO.read(out.resolve("plot.png").toFile());
    assertEquals(900, plot.getWidth());
    assertEquals(560, plot.getHeight());
  }

  @Test
  void finishedRunsAreSkippedAndTheDocumentIsTheSame() throws IOException {
    Map<Path, FileTime> before = times();
    Run again =
        run(
            "compare --json --methods decoders-only,lora --set lora.rank=2 %s --out %s",
            SIZES, out);
    assertEquals(ExitCode.DONE, again.code(), again.err());
    assertEquals(before, times());
    JsonNode document = again.json();
    assertEquals("single task", document.at("/rows/0/name").asText());
    assertEquals(0, document.at("/rows/0/deltaM").asDouble());
    assertEquals(2, document.at("/rows/0/runs").size());
    assertTrue(document.at("/rows/2/deltaM").isNumber());
    assertEquals("2", lora().at("/spec/options/rank").asText());
    assertEquals(document.at("/rows/2/deltaM"), lora().get("deltaM"));
  }

  @Test
  void aRunOfItCanBeEvaluated() throws IOException {
    Run eval = run("eval --json --run %s", out.resolve("runs/lora"));
    assertEquals(ExitCode.DONE, eval.code(), eval.err());
    assertEquals(lora().get("values"), eval.json().get("values"));
    Run other = run("eval --json --data-seed 9 --run %s", out.resolve("runs/lora"));
    assertFalse(lora().get("values").equals(other.json().get("values")));
  }

  @Test
  void aRunOfItPredictsPicturesAtTheImagesSize() throws IOException {
    Path image = folder.resolve("photo.jpg");
    ImageIO.write(new BufferedImage(50, 41, BufferedImage.TYPE_INT_RGB), "jpg", image.toFile());
    Path pictures = folder.resolve("predicted");
    Run predict =
        run(
            "predict --json --run %s --image %s --out %s",
            out.resolve("runs/lora"), image, pictures);
    assertEquals(ExitCode.DONE, predict.code(), predict.err());
    for (String task : List.of("sal", "depth")) {
      BufferedImage picture = ImageIO.read(pictures.resolve(task + ".png").toFile());
      assertEquals(50, picture.getWidth());
      assertEquals(41, picture.getHeight());
      assertTrue(predict.json().at("/pictures/" + task).asText().endsWith(task + ".png"));
    }
  }

  @Test
  void oneCallPredictsManyPicturesAndTellsOfDamagedOnes() throws IOException {
    Path photos = Files.createDirectories(folder.resolve("photos"));
    Path files = Path.of("src", "test", "resources", "pictures");
    for (String name : List.of("turned-6-II.jpg", "lossy.webp")) {
      Files.copy(files.resolve(name), photos.resolve(name));
    }
    byte[] whole = Files.readAllBytes(files.resolve("telephone.jpg"));
    Files.write(photos.resolve("cut.jpg"), java.util.Arrays.copyOf(whole, whole.length * 3 / 4));
    Path pictures = folder.resolve("many");
    String command = "predict --json --run %s --images %s --out %s";
    Run predict = run(command, out.resolve("runs/lora"), photos, pictures);
    assertEquals(ExitCode.WRONG_INPUT, predict.code(), predict.err());
    assertTrue(predict.err().contains("cut.jpg: the picture is damaged"), predict.err());
    assertEquals(1, predict.json().get("failed").size());
    assertEquals(2, predict.json().get("images").size());
    assertFalse(Files.exists(pictures.resolve("cut.jpg")));
    for (String name : List.of("turned-6-II.jpg", "lossy.webp")) {
      BufferedImage map = ImageIO.read(pictures.resolve(name).resolve("sal.png").toFile());
      assertEquals(List.of(48, 32), List.of(map.getWidth(), map.getHeight()));
    }
    // One call and several give the same to the bit.
    Path one = folder.resolve("one");
    run(
        "predict --run %s --image %s --out %s",
        out.resolve("runs/lora"), photos.resolve("lossy.webp"), one);
    assertEquals(
        -1, Files.mismatch(one.resolve("depth.png"), pictures.resolve("lossy.webp/depth.png")));
  }

  @Test
  void allUnreadablePicturesAreToldBeforeTheFirst() throws IOException {
    Path photos = Files.createDirectories(folder.resolve("bad"));
    Files.createFile(photos.resolve("empty.jpg"));
    Files.writeString(photos.resolve("text.png"), "no picture");
    Files.copy(
        Path.of("src", "test", "resources", "pictures", "rgb.png"), photos.resolve("right.png"));
    Path nowhere = folder.resolve("nowhere");
    Run run =
        run("predict --run %s --images %s --out %s", out.resolve("runs/lora"), photos, nowhere);
    assertEquals(ExitCode.WRONG_INPUT, run.code(), run.err());
    assertEquals(3, run.err().lines().count(), run.err());
    assertTrue(run.err().contains("2 of 3 pictures cannot be read"), run.err());
    assertFalse(Files.exists(nowhere));
    wrong(
        "a file is in the way",
        "predict --run %s --images %s --out %s",
        out.resolve("runs/lora"),
        photos.resolve("right.png"),
        photos);
  }

  /** What a step keeps changes its memory and not its result. */
  @Test
  void aTrainingTellsWhereItsTimeWent() {
    String train = "train --json --method bitfit --activations %s %s --out %s";
    Run kept = run(train + " --profile", "keep", SIZES, folder.resolve("kept"));
    assertEquals(ExitCode.DONE, kept.code(), kept.err());
    assertTrue(kept.err().contains("MatMul"), kept.err());
    Run again = run(train, "checkpoint", SIZES, folder.resolve("checkpoint"));
    assertEquals(ExitCode.DONE, again.code(), again.err());
    assertFalse(again.err().contains("MatMul"), again.err());
    assertEquals(kept.json().get("values"), again.json().get("values"));
    wrong("activations", "train --method bitfit --activations all --out %s", folder.resolve("no"));
  }

  @Test
  void whatIsWrongIsSaidInOneLine() throws IOException {
    Path text = Files.writeString(folder.resolve("text.png"), "no picture");
    Path runFolder = out.resolve("runs/lora");
    Path nowhere = folder.resolve("nowhere");
    wrong("is no picture", "predict --run %s --image %s --out %s", runFolder, text, nowhere);
    wrong("no such file", "predict --run %s --image %s --out %s", runFolder, nowhere, nowhere);
    wrong("is a comparison; name one", "eval --run %s", out);
    wrong("there is no result.json", "eval --run %s", folder);
    Path weights =
        Files.write(folder.resolve("w.safetensors"), new byte[] {9, 0, 0, 0, 0, 0, 0, 0});
    for (String command : List.of("compare", "train --method lora")) {
      wrong(weights + ": ", command + " --weights %s --out %s", weights, nowhere);
    }
    Path torch = Path.of(System.getProperty("peft.fixtures")).resolve("torch_swin_zip.pth");
    wrong("taken for: torchvision", "train --method lora --weights %s --out %s", torch, nowhere);
    wrong(
        "did you mean 'torchvision'",
        "train --method lora --weights %s --weights-names torchvison --out %s",
        torch,
        nowhere);
    wrong(
        "no such parameter",
        "train --method lora --weights %s --allow-missing nose --out %s",
        torch,
        nowhere);
    wrong("name them too", "train --method lora --allow-unexpected x --out %s", nowhere);
    wrong("did you mean 'scenes'", "compare --data scens --out %s", nowhere);
    wrong("did you mean 'lora'", "compare --methods lorra --out %s", nowhere);
    wrong("'lora' is named twice", "compare --methods lora,lora --out %s", nowhere);
    wrong("'full', which takes no part", "compare --methods lora --set full.a=1 --out %s", nowhere);
    wrong("write method.option=value", "compare --methods lora --set rank=1 --out %s", nowhere);
    wrong("exclude each other", "compare --methods lora --all --out %s", nowhere);
    wrong("rank", "compare --methods lora --set lora.rank=4096 --out %s", nowhere);
    wrong("rank", "train --method lora --set rank=4096 --out %s", nowhere);
    wrong("image", "train --method lora --image-size 63 --out %s", nowhere);
    wrong("images (batch 16", "train --method lora --train-size 8 --out %s", nowhere);
    wrong("0 training and", "train --method lora --train-size 0 --out %s", nowhere);
    assertFalse(Files.exists(nowhere), "nothing half-written");
  }

  @Test
  void anUnwritableFolderIsAFailureOfTheEnvironment() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    for (String command :
        List.of("compare --methods lora", "train --method lora", "predict --image %s --run %s")) {
      Path image = folder.resolve("white.png");
      ImageIO.write(new BufferedImage(9, 9, BufferedImage.TYPE_INT_RGB), "png", image.toFile());
      Run run = run(command.formatted(image, out.resolve("runs/lora")) + " --out %s", file);
      assertEquals(ExitCode.FAILED, run.code(), command + ": " + run.err());
      assertTrue(run.err().contains(file.toString()), run.err());
      assertEquals("", run.out());
    }
  }

  private static JsonNode lora() throws IOException {
    return new com.fasterxml.jackson.databind.ObjectMapper()
        .readTree(out.resolve("runs/lora/result.json").toFile());
  }

  private static void wrong(String part, String line, Object... arguments) {
    Run run = run(line, arguments);
    assertEquals(ExitCode.WRONG_INPUT, run.code(), line + ": " + run.err());
    assertTrue(run.err().contains(part), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals("", run.out());
  }

  private static Run run(String line, Object... arguments) {
    return Run.line(line.formatted(arguments));
  }

  /** When each run's files were last written. */
  private static Map<Path, FileTime> times() throws IOException {
    Map<Path, FileTime> times = new TreeMap<>();
    try (Stream<Path> files = Files.walk(out.resolve("runs"))) {
      files
          .filter(Files::isRegularFile)
          .forEach(
              f -> {
                try {
                  times.put(f, Files.getLastModifiedTime(f));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
    assertEquals(4 * 3, times.size());
    return times;
  }
}
