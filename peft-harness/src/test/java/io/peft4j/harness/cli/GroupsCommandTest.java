package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From one measurement on tiny images, and from similarities in files: groups, cost, pictures. */
class GroupsCommandTest {
  private static final String SHAPE = "--image-size 32 --decoder-channels 2,3,4,5";
  private static final String SIZES =
      SHAPE + " --train-size 8 --validation-size 4 --batch 4 --head-epochs 1 --examples 2";
  private static final Set<String> FILES =
      Set.of("similarity.csv", "groups.json", "similarity.png", "tree.png");

  /** Tasks of PASCAL; semseg goes with sal, human_parts with normals. */
  private static final List<String> PASCAL =
      List.of(
          "task,semseg,human_parts,sal,normals",
          "semseg,1,0.1,0.4,-0.2",
          "human_parts,0.1,1,0.2,0.3",
          "sal,0.4,0.2,1,-0.1",
          "normals,-0.2,0.3,-0.1,1");

  @TempDir private static Path folder;

  private static Path out;
  private static Path pascal;
  private static Run first;

  @BeforeAll
  static void measure() throws IOException {
    out = folder.resolve("measured");
    pascal = Files.write(folder.resolve("pascal.csv"), PASCAL);
    first = run("groups --tasks sal,depth,normals %s --out %s", SIZES, out);
  }

  @Test
  void matrixGroupsAndCostArePrintedAndFourFilesWritten() throws IOException {
    assertEquals(ExitCode.DONE, first.code(), first.err());
    assertTrue(first.out().contains("from 2 examples of scenes after 1 epochs"), first.out());
    for (String part : List.of("sal+depth+normals", "sal / depth / normals", "one group")) {
      assertTrue(first.out().contains(part), part + " in " + first.out());
    }
    assertTrue(first.out().contains("train --method tglora --set groups=all,all,"), first.out());
    assertEquals(FILES, files(out));
    for (String picture : List.of("similarity.png", "tree.png")) {
      assertTrue(ImageIO.read(out.resolve(picture).toFile()).getWidth() > 200, picture);
    }
  }

  /** The file stands for the measurement, and the document for the file. */
  @Test
  void whatWasMeasuredMayBeGivenBack() throws IOException {
    Path again = folder.resolve("again");
    Run given =
        run(
            "groups --json --similarity %s %s --out %s",
            out.resolve("similarity.csv"), SHAPE, again);
    assertEquals(ExitCode.DONE, given.code(), given.err());
    JsonNode before = json(out.resolve("groups.json"));
    for (String same : List.of("similarity", "stages", "cost", "oneGroup", "options", "tasks")) {
      assertEquals(before.get(same), given.json().get(same), same);
    }
    assertEquals(given.json(), json(again.resolve("groups.json")));
    assertTrue(given.json().get("measured").isNull());
    assertEquals(2, before.at("/measured/examples").asInt());
    assertEquals(
        Files.readString(out.resolve("similarity.csv")),
        Files.readString(again.resolve("similarity.csv")));
  }

  @Test
  void theFileAndTheGroupsServeTheMethod() throws IOException {
    JsonNode result = json(out.resolve("groups.json"));
    String count = "count --json --method tglora --tasks sal,depth,normals " + SHAPE;
    JsonNode spelled =
        run(
                count + " --set groups=%s --set rank=%s --set lastStageRank=%s",
                result.at("/options/groups").asText(),
                result.at("/options/rank").asText(),
                result.at("/options/lastStageRank").asText())
            .json();
    assertCost(result.get("cost"), spelled);
    Run found =
        run(
            count
                + " --set groups=1,1,2,3 --set similarityFile=%s --set rank=6"
                + " --set lastStageRank=6",
            out.resolve("similarity.csv"));
    assertCost(result.get("cost"), found.json());
  }

  /** The published numbers of Swin-Tiny at 448 (TGLoRA, tables 1 and 3). */
  @Test
  void publishedCostsStandBesideThoseOfOneGroup() {
    JsonNode result = pascal("--groups 1,2,3,4");
    assertEquals(5_288_960, result.at("/cost/trainable").asLong());
    assertEquals(3_342_336, result.at("/cost/backboneTrainable").asLong());
    assertEquals("49.9471", giga(result.at("/cost/macsConvention")));
    assertEquals("21.4741", giga(result.at("/oneGroup/macsConvention")));
    assertEquals(
        "all,semseg+sal/human_parts+normals,semseg+sal/human_parts/normals,each",
        result.at("/options/groups").asText());
    // 2·0.4 + 2·0.3, and 2·0.4
    assertEquals(1.4, result.at("/stages/1/score").asDouble(), 1e-12);
    assertEquals(0.8, result.at("/stages/2/score").asDouble(), 1e-12);
    assertEquals(0.6, result.at("/stages/1/groups/1/score").asDouble(), 1e-12);
    long perStage = 0;
    for (JsonNode stage : result.get("stages")) {
      perStage += stage.get("macs").asLong() - stage.get("macsOfAGroup").asLong();
    }
    assertEquals(
        result.at("/cost/macsConvention").asLong() - result.at("/oneGroup/macsConvention").asLong(),
        perStage,
        "what groups add is what the stages say");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "--groups auto --budget macs=45e9; groups=auto budget=macs=45e9",
        "--groups auto --budget params=3342336; groups=auto budget=params=3342336",
        "--groups all,all,semseg+normals/sal+human_parts,each; "
            + "groups=all,all,semseg+normals/sal+human_parts,each",
      })
  void groupsAreThoseOfTheMethod(String line, String options) {
    StringBuilder count =
        new StringBuilder(
            "count --json --method tglora --backbone swin-tiny --image-size 448 --tasks pascal");
    for (String option : (options + " similarityFile=" + pascal).split(" ")) {
      count.append(" --set ").append(option);
    }
    assertCost(pascal(line).get("cost"), run(count.toString()).json());
  }

  @Test
  void ranksThatAreNotGivenSplitOverAnyGroups() {
    // of 8, the default on small backbones, and of 64 and 16, with three tasks
    JsonNode small = json(run("groups --json --similarity %s %s", three(), "--out " + out("a")));
    assertEquals("6", small.at("/options/rank").asText());
    JsonNode large =
        json(run("groups --json --similarity %s --backbone swin-tiny --out %s", three(), out("b")));
    assertEquals("63", large.at("/options/rank").asText());
    assertEquals("15", large.at("/options/lastStageRank").asText());
    JsonNode set =
        json(
            run(
                "groups --json --similarity %s --set last-stage-rank=0 --groups 1,1,1,1 --set rank=7"
                    + " --out %s",
                three(), out("c")));
    assertEquals("7", set.at("/options/rank").asText(), "one group takes any rank");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "--tasks sal; name at least two, not sal alone",
        "--tasks sal,edgy; unknown task 'edgy'; did you mean 'edge'?",
        "--tasks semseg:21,sal; rendered pictures have 12 classes of semseg, not 21",
        "--examples 0; 0 examples to compare",
        "--examples 600; from 1 to the 512 training images",
        "--head-epochs 0; epochs 0",
        "--groups 1,2,3; groups are given for 3 stages, but swin-nano has 4",
        "--groups 1,2,3,5; 5 groups need as many tasks, but there are 4",
        "--groups 2,1,3,4; groups may only split",
        "--groups all,all,all,semseg/sal; task human_parts is in no group",
        "--groups all,all,semseg+sal/sal+human_parts+normals,each; task sal is named twice",
        "--groups all,semseg/human_parts+sal+normals,all,each; merges tasks that stage 1 has apart",
        "--groups auto; --groups auto needs a --budget",
        "--budget macs=5; --budget is for --groups auto",
        "--groups auto --budget mac=5; 'mac' is no cost; did you mean 'macs'?",
        "--groups auto --budget macs=x; --budget macs=x: write macs=NUMBER",
        "--groups auto --budget 4e10; --budget 4e10: write macs=NUMBER",
        "--groups auto --budget macs=1; one group in every stage of swin-nano costs",
        "--groups auto --budget params=9; lower the ranks or unfreeze less",
        "--set groups=all; option groups is not set here",
        "--set similarity-file=x; option similarity-file is not set here",
        "--set rnak=4; unknown option 'rnak'; did you mean 'rank'?",
        "--set rank=6; rank 6 may not split over the groups that will be found; set a multiple of"
            + " the 4 tasks, such as 4",
        "--set lastStageRank=6 --groups all,all,all,each; lastStageRank 6 cannot be split",
        "--backbone swin-tny; did you mean 'swin-tiny'?",
        "--image-size 63; nearest that work",
        "--similarity none.csv; similarity file none.csv does not exist",
        "--smilarity none.csv; unknown option '--smilarity'; did you mean '--similarity'?",
      })
  void whatIsWrongIsSaidBeforeAnythingIsComputed(String line, String message) {
    Path nowhere = folder.resolve("nowhere");
    wrong(message, run("groups %s --out %s", line, nowhere));
    assertFalse(Files.exists(nowhere), "nothing written");
  }

  @Test
  void similaritiesThatDoNotFitAreRefused() throws IOException {
    Path nowhere = folder.resolve("nowhere");
    wrong(
        "similarity of semseg and depth is missing",
        run("groups --similarity %s --tasks semseg:12,depth --out %s", pascal, nowhere));
    wrong(
        "name at least two, not sal alone",
        run("groups --similarity %s --tasks sal --out %s", pascal, nowhere));
    wrong(
        "nothing is measured; drop --examples",
        run("groups --similarity %s --examples 4 --out %s", pascal, nowhere));
    wrong(
        "rank 6 cannot be split over the groups of stage",
        run("groups --similarity %s --set rank=6 --out %s", pascal, nowhere));
    Path other = Files.write(folder.resolve("o.csv"), List.of("task,a,b", "a,1,0", "b,0,1"));
    wrong("unknown task 'a'", run("groups --similarity %s --out %s", other, nowhere));
    assertFalse(Files.exists(nowhere), "nothing written");
    wrong("Missing required option: '--out=DIR'", run("groups --similarity %s", pascal));
  }

  @Test
  void anUnwritableFolderIsAFailureOfTheEnvironment() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    Run run = run("groups --similarity %s --out %s", pascal, file);
    assertEquals(ExitCode.FAILED, run.code(), run.err());
    assertTrue(run.err().contains(file.toString()), run.err());
    assertEquals("", run.out());
  }

  private static JsonNode pascal(String line) {
    return json(
        run(
            "groups --json --backbone swin-tiny --image-size 448 --tasks pascal --similarity %s %s"
                + " --out %s",
            pascal, line, out("pascal")));
  }

  private static Path three() {
    try {
      return Files.write(
          folder.resolve("three.csv"),
          List.of("task,sal,depth,edge", "sal,1,0.1,0.2", "depth,0.1,1,0", "edge,0.2,0,1"));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Path out(String name) {
    return folder.resolve("out-" + name);
  }

  private static void assertCost(JsonNode cost, JsonNode count) {
    assertEquals(count.get("trainable"), cost.get("trainable"));
    assertEquals(count.get("backboneTrainable"), cost.get("backboneTrainable"));
    assertEquals(count.at("/macs/convention"), cost.get("macsConvention"));
    assertEquals(count.at("/macs/full"), cost.get("macsFull"));
  }

  private static String giga(JsonNode macs) {
    return String.format(java.util.Locale.ROOT, "%.4f", macs.asLong() / 1e9);
  }

  private static void wrong(String part, Run run) {
    assertEquals(ExitCode.WRONG_INPUT, run.code(), run.err());
    assertTrue(run.err().contains(part), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals("", run.out());
  }

  private static Set<String> files(Path folder) throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.list(folder)) {
      files.forEach(f -> names.add(f.getFileName().toString()));
    }
    return names;
  }

  private static JsonNode json(Run run) {
    assertEquals(ExitCode.DONE, run.code(), run.err());
    return run.json();
  }

  private static JsonNode json(Path file) throws IOException {
    return new com.fasterxml.jackson.databind.ObjectMapper().readTree(file.toFile());
  }

  private static Run run(String line, Object... arguments) {
    return Run.line(line.formatted(arguments));
  }
}
