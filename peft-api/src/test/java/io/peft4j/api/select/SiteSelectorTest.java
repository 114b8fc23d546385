package io.peft4j.api.select;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every kind of term selects what it says, and a term that selects nothing is an error. */
class SiteSelectorTest {
  private static final Backbone TINY = SwinTables.tiny();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "attn+mlp                   | 48",
        "attn                       | 24",
        "mlp                        | 24",
        "all-linear                 | 51",
        "merging                    | 3",
        "patch_embed                | 1",
        "qkv                        | 12",
        "attn.qkv                   | 12",
        "proj                       | 12", // the attention's; not the patch embedding's
        "patch_embed.proj           | 1",
        "blocks.0.attn.qkv          | 4",
        "layers.2.blocks.5.mlp.fc2  | 1",
        "re:layers\\.[01]\\..*qkv   | 4",
        "re:.*fc[12]                | 24",
      })
  void termsSelect(String term, int sites) {
    assertEquals(sites, SiteSelector.of(term).select(TINY).size());
  }

  @Test
  void aSuffixEndsAtADot() {
    assertThrows(InputException.class, () -> SiteSelector.of("kv").select(TINY));
  }

  @Test
  void stagesAndBlocksRestrictEvenFromTheEnd() {
    SiteSelector last =
        new SiteSelector(List.of("attn+mlp"), List.of(), List.of(2, 3), List.of(-1));
    assertEquals(
        List.of("layers.2.blocks.5.attn.qkv", "layers.3.blocks.1.attn.qkv"),
        last.select(TINY).stream().map(LinearSite::path).filter(p -> p.endsWith("qkv")).toList());
    SiteSelector merging = new SiteSelector(List.of("merging"), List.of(), List.of(0), List.of(0));
    assertEquals(1, merging.select(TINY).size());
  }

  @Test
  void anIdleTermAmongGoodOnesIsNamedWithTheNearestName() {
    InputException error =
        assertThrows(InputException.class, () -> SiteSelector.of("proj", "qvk").select(TINY));
    assertEquals(
        "'qvk' matches no linear site of swin-test; did you mean 'qkv'?", error.getMessage());
    SiteSelector exclusion =
        new SiteSelector(List.of("attn"), List.of("mlp.fc3"), List.of(), List.of());
    InputException idle = assertThrows(InputException.class, () -> exclusion.select(TINY));
    assertTrue(idle.getMessage().startsWith("'mlp.fc3' matches no"), idle.getMessage());
    assertTrue(idle.getMessage().contains("did you mean 'mlp.fc1'"), idle.getMessage());
  }

  @Test
  void excludingEverythingIsRefused() {
    SiteSelector nothing = new SiteSelector(List.of("attn"), List.of("attn"), List.of(), List.of());
    InputException error = assertThrows(InputException.class, () -> nothing.select(TINY));
    assertTrue(error.getMessage().contains("leave no site"), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "4, stage 4: swin-test has stages 0 to 3",
    "-1, stage -1: swin-test has stages 0 to 3"
  })
  void unknownStagesAreRefused(int stage, String message) {
    SiteSelector selector = new SiteSelector(List.of("attn"), List.of(), List.of(stage), List.of());
    InputException error = assertThrows(InputException.class, () -> selector.select(TINY));
    assertEquals(message, error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"6", "-7"})
  void unknownBlocksAreRefused(int block) {
    SiteSelector selector = new SiteSelector(List.of("attn"), List.of(), List.of(), List.of(block));
    InputException error = assertThrows(InputException.class, () -> selector.select(TINY));
    assertTrue(error.getMessage().contains("has 6 blocks"), error.getMessage());
  }

  @Test
  void brokenExpressionsAreRefusedAtOnce() {
    InputException error = assertThrows(InputException.class, () -> SiteSelector.of("re:["));
    assertTrue(error.getMessage().startsWith("'re:[' is no regular expression"));
    assertThrows(InputException.class, () -> SiteSelector.of());
  }

  @Test
  void theFirstMatchingPatternWins() {
    LinearSite qkv = SiteSelector.of("qkv").select(TINY).get(0);
    Map<String, Integer> patterns = new LinkedHashMap<>();
    patterns.put("attn", 3);
    patterns.put("qkv", 5);
    assertEquals(3, SitePatterns.valueFor(qkv, patterns, 8));
    assertEquals(8, SitePatterns.valueFor(qkv, Map.of("mlp", 3), 8));
  }

  @Test
  void idlePatternsAreRefused() {
    InputException error =
        assertThrows(
            InputException.class,
            () -> SitePatterns.requireMatches("rankPattern", Map.of("fc3", 2), TINY));
    assertTrue(
        error.getMessage().startsWith("rankPattern: 'fc3' matches no linear site"),
        error.getMessage());
  }
}
