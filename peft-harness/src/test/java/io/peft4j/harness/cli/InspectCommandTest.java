package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The report shows each site once, as selected or not, and what a useless term meant. */
class InspectCommandTest {
  @Test
  void everyLinearSiteIsMatchedOrMissed() {
    JsonNode report = Run.line("inspect --backbone swin-tiny --targets attn,mlp --json").json();
    assertEquals(12 * 4, report.path("matched").size());
    List<String> missed = report.path("missed").findValuesAsText("path");
    assertEquals(
        List.of(
            "patch_embed.proj",
            "layers.0.downsample.reduction",
            "layers.1.downsample.reduction",
            "layers.2.downsample.reduction"),
        missed);
  }

  @Test
  void stagesBlocksAndExclusionsNarrowTheChoice() {
    Run run =
        Run.line(
            "inspect --backbone swin-tiny --targets attn+mlp --exclude fc2 --stages 1,2 --blocks -1"
                + " --json");
    assertEquals(ExitCode.DONE, run.code(), run.err());
    assertEquals(
        List.of(
            "layers.1.blocks.1.attn.qkv",
            "layers.1.blocks.1.attn.proj",
            "layers.1.blocks.1.mlp.fc1",
            "layers.2.blocks.5.attn.qkv",
            "layers.2.blocks.5.attn.proj",
            "layers.2.blocks.5.mlp.fc1"),
        run.json().path("matched").findValuesAsText("path"));
  }

  @Test
  void anIdleTermIsExplainedAndRefused() {
    Run run = Run.line("inspect --targets qkv,porj --json");
    assertEquals(ExitCode.WRONG_INPUT, run.code());
    assertEquals("did you mean 'proj'?", run.json().path("idleTerms").path("porj").textValue());
    assertEquals(8, run.json().path("matched").size());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains("'porj' matches no linear site"), run.err());
  }

  @Test
  void theListForPeopleMarksSelectedSites() {
    Run run = Run.line("inspect --targets qkv --stages 0");
    assertTrue(run.out().contains("2 of 36 linear sites selected"), run.out());
    assertEquals(2, run.out().lines().filter(l -> l.startsWith("+ ")).count(), run.out());
    assertEquals(34, run.out().lines().filter(l -> l.startsWith("- ")).count(), run.out());
  }
}
