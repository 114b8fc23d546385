package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The published counts of Swin-Tiny at 448 come out of the command, as whole numbers in one JSON
 * document.
 */
class CountCommandTest {
  private static final String PASCAL = "pascal";
  private static final long PASCAL_DECODERS = 1_946_624;

  private static JsonNode count(String method, String tasks, String... more) {
    String[] args = {
      "count",
      "--json",
      "--backbone",
      "swin-tiny",
      "--image-size",
      "448",
      "--decoder",
      "hrnet",
      "--method",
      method,
      "--tasks",
      tasks
    };
    String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    Run run = Run.of(all);
    assertEquals(ExitCode.DONE, run.code(), run.err());
    return run.json();
  }

  private static String giga(JsonNode report) {
    JsonNode macs = report.path("macs").path("convention");
    assertTrue(macs.isIntegralNumber(), () -> "not a whole number: " + macs);
    return String.format(Locale.ROOT, "%.4f", macs.longValue() / 1e9);
  }

  private static void assertNumber(long expected, JsonNode report, String field) {
    JsonNode value = report.path(field);
    assertTrue(value.isIntegralNumber(), () -> field + " is no whole number: " + report);
    assertEquals(expected, value.longValue(), field);
  }

  @Test
  void decodersOnlyTrainsTheDecodersAndNothingElse() {
    JsonNode report = count("decoders-only", PASCAL);
    assertAll(
        () -> assertNumber(PASCAL_DECODERS, report, "decoders"),
        () -> assertNumber(PASCAL_DECODERS, report, "trainable"),
        () -> assertNumber(PASCAL_DECODERS, report, "used"),
        () -> assertNumber(0, report, "backboneTrainable"),
        () -> assertNumber(0, report, "adapter"),
        () -> assertNumber(29_464_442, report, "total"),
        () -> assertEquals(PASCAL_DECODERS, report.path("groups").path("decoders").longValue()),
        () -> assertNumber(500_709, report.path("perTask"), "semseg"),
        () -> assertNumber(485_575, report.path("perTask"), "human_parts"),
        () -> assertNumber(479_089, report.path("perTask"), "sal"),
        () -> assertNumber(481_251, report.path("perTask"), "normals"),
        () -> assertEquals("21.4741", giga(report)));
  }

  @Test
  void fullCountAddsTheAttentionProducts() {
    JsonNode macs = count("decoders-only", PASCAL).path("macs");
    // Windows of 7x7: rows x 49 tokens x width for q k' and again for p v, in every block.
    long products = 2 * 2 * 49L * (12_544L * 96 + 3_136L * 192 + 784L * 384 * 3 + 196L * 768);
    assertEquals(products, macs.path("full").longValue() - macs.path("convention").longValue());
  }

  @Test
  void fullFineTuningOfAllTasksTogether() {
    JsonNode report = count("full", PASCAL);
    assertNumber(29_464_442, report, "trainable");
    assertNumber(27_517_818, report, "backboneTrainable");
  }

  @ParameterizedTest
  @CsvSource({"semseg:21, 28018527", "human_parts, 28003393", "sal, 27996907", "normals, 27999069"})
  void fullFineTuningOfOneTask(String task, long expected) {
    JsonNode report = count("full", task);
    assertNumber(expected, report, "total");
    assertNumber(expected, report, "trainable");
  }

  @Test
  void singleTaskModelsAreCountedOneByOneAndSummed() {
    JsonNode report = count("full", PASCAL, "--single-task");
    JsonNode models = report.path("models");
    assertAll(
        () -> assertNumber(28_018_527, models.path("semseg"), "trainable"),
        () -> assertNumber(28_003_393, models.path("human_parts"), "trainable"),
        () -> assertNumber(27_996_907, models.path("sal"), "trainable"),
        () -> assertNumber(27_999_069, models.path("normals"), "trainable"),
        () -> assertNumber(112_017_896, report, "total"),
        () -> assertNumber(112_017_896, report, "trainable"),
        () -> assertNumber(PASCAL_DECODERS, report, "decoders"),
        () ->
            assertEquals(
                "18.4902",
                String.format(
                    Locale.ROOT,
                    "%.4f",
                    models.path("semseg").path("macs").path("convention").longValue() / 1e9)));
  }

  @Test
  void bitFitWithOneModelPerTask() {
    JsonNode report = count("bitfit", PASCAL, "--set", "perTask=true");
    assertNumber(299_112, report, "backboneTrainable");
    assertNumber(299_112 + PASCAL_DECODERS, report, "trainable");
    assertEquals(report, count("bitfit", PASCAL, "--preset", "polyhistor"));
    assertNumber(
        74_778,
        count("bitfit", PASCAL, "--preset", "polyhistor", "--set", "per-task=false"),
        "backboneTrainable");
  }

  @ParameterizedTest
  @CsvSource({"bitfit", "lora", "mtlora", "full"})
  void oneModelPerTaskTrainsWhatModelsOfEachTaskTrain(String method) {
    JsonNode together = count(method, PASCAL, "--per-task");
    JsonNode alone = count(method, PASCAL, "--single-task");
    assertTrue(together.path("perTask").isObject(), "still the numbers by task");
    for (String field : new String[] {"trainable", "backboneTrainable", "decoders", "adapter"}) {
      assertNumber(alone.path(field).longValue(), together, field);
    }
    assertEquals(alone.at("/macs/convention"), together.at("/macs/convention"));
    long shared = alone.path("total").longValue() - together.path("total").longValue();
    long frozen = shared / 3;
    assertEquals(0, shared % 3, "three copies of what is frozen are saved");
    assertTrue(method.equals("full") ? frozen == 0 : frozen > 20_000_000, () -> "" + frozen);
  }

  @Test
  void bitFitCopiedAndBitFitPerTaskAreTheSame() {
    JsonNode copied = count("bitfit", PASCAL, "--per-task");
    JsonNode option = count("bitfit", PASCAL, "--set", "perTask=true");
    assertEquals(option.path("trainable"), copied.path("trainable"));
    assertEquals(option.path("macs"), copied.path("macs"));
    assertEquals(option.path("perTask"), copied.path("perTask"));
  }

  @Test
  void sharedLora() {
    JsonNode report = count("lora", PASCAL, "--set", "rank=4", "--set", "targets=qkv,proj,fc1,fc2");
    assertNumber(282_624, report, "adapter");
    assertNumber(282_624, report, "backboneTrainable");
    assertEquals(282_624, report.path("groups").path("adapter").longValue());
    assertEquals("21.4741", giga(report), "branches are outside the papers' convention");
  }

  @ParameterizedTest
  @CsvSource({"semseg:21, 18.4902", "semseg:40, 18.5546", "nyud, 20.5325"})
  void publishedMultiplyAccumulates(String tasks, String expected) {
    assertEquals(expected, giga(count("decoders-only", tasks)));
  }

  @Test
  void decodersOfNyud() {
    assertNumber(1_481_588, count("decoders-only", "nyud"), "decoders");
  }

  @Test
  void aSmallBackboneGetsNarrowDecoders() {
    Run run = Run.line("count --method decoders-only --backbone swin-nano --json");
    assertEquals("[8,16,32,64]", run.json().path("decoderChannels").toString(), run.err());
  }

  @Test
  void theTableForPeopleShowsTheSameNumbers() {
    Run run = Run.line("count --method decoders-only --backbone swin-tiny --tasks pascal");
    assertEquals(ExitCode.DONE, run.code(), run.err());
    assertTrue(run.out().contains("1,946,624"), run.out());
    assertTrue(run.out().contains("21.4741 G"), run.out());
  }
}
