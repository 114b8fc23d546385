package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The published numbers of TGLoRA on Swin-Tiny at 448 come out of {@code peft count}. */
class TgloraCountTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "pascal; rank=64; 3342336; 5288960",
        "pascal; rank=64 unfreeze=others; 3342336; 6888506",
        "pascal; rank=64 targets=attn; 1253376; 3200000",
        "pascal; rank=32; 1867776; 3814400",
        "pascal; rank=16; 1130496; 3077120",
        "pascal; rank=32 targets=attn; 700416; 2647040",
        "pascal; rank=16 targets=attn; 423936; 2370560",
        "pascal; rank=32 unfreeze=others; 1867776; 5413946",
        "pascal; rank=16 unfreeze=others; 1130496; 4676666",
        "nyud; rank=63 lastStageRank=63; 4451328; 5932916",
        "nyud; rank=63 lastStageRank=0 unfreeze=others; 4451328; 7532462",
        "nyud; rank=63 lastStageRank=0 targets=attn; 1669248; 3150836",
      })
  void publishedTrainableParameters(String tasks, String options, long adapter, long trainable) {
    JsonNode report = count(tasks, options);
    assertEquals(adapter, report.path("adapter").longValue());
    assertEquals(trainable, report.path("trainable").longValue());
    assertEquals(trainable, report.path("used").longValue(), "every number is reached");
  }

  /** The published GMACs have two decimals; four are what tglora's convention gives. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "semseg:21; groups=1,1,1,1; 18.4902; 18.49",
        "pascal; groups=1,1,1,1; 21.4741; 21.47",
        "pascal; groups=1,2,3,4; 49.9471; 49.95",
        "pascal; groups=1,1,2,4; 38.3680; 38.37",
        "pascal; groups=1,2,2,4; 41.3817; 41.38",
        "nyud; groups=1,1,1,1 rank=63 lastStageRank=0; 20.5325; 20.53",
        "nyud; groups=1,1,2,3 rank=63 lastStageRank=0; 34.6503; 34.65",
      })
  void publishedMultiplyAccumulates(
      String tasks, String options, String convention, String published) {
    JsonNode macs = count(tasks, options).path("macs");
    double giga = macs.path("convention").longValue() / 1e9;
    assertEquals(convention, String.format(Locale.ROOT, "%.4f", giga));
    assertEquals(published, String.format(Locale.ROOT, "%.2f", giga));
    assertTrue(
        macs.path("full").longValue() > macs.path("convention").longValue(),
        "attention products and adapters are counted apart");
  }

  /** The table prints 18.56, the convention gives 18.5546; see the paper's Table 2. */
  @Test
  void oneTaskOfNyud() {
    JsonNode macs = count("semseg:40", "groups=1,1,1,1").path("macs");
    assertEquals(18.5546, macs.path("convention").longValue() / 1e9, 5e-5);
  }

  @Test
  void theDefaultsAreThePapersTree() {
    JsonNode macs = count("pascal", "groups=1,2,3,4").path("macs");
    assertEquals(macs, count("pascal", "rank=64").path("macs"));
  }

  private static JsonNode count(String tasks, String options) {
    List<String> args =
        new ArrayList<>(
            List.of("count", "--json", "--backbone", "swin-tiny", "--image-size", "448"));
    args.addAll(List.of("--decoder", "hrnet", "--method", "tglora", "--tasks", tasks));
    for (String option : options.split(" ")) {
      args.addAll(List.of("--set", option));
    }
    Run run = Run.of(args.toArray(String[]::new));
    assertEquals(ExitCode.DONE, run.code(), run.err());
    return run.json();
  }
}
