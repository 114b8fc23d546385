package io.peft4j.harness.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The papers' rows are counted as the command counts them, and differences are told. */
class MethodsPageTest {
  private static final PublishedCounts PUBLISHED = PublishedCounts.read();

  private static PublishedCounts.Row row(String name, String backbone) {
    return PUBLISHED.rows().stream()
        .filter(r -> r.name().equals(name) && r.backbone().equals(backbone))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "Single task, swin-tiny, 112620296",
    "Multi-task fine-tuning, swin-tiny, 30058202",
    "BitFit, pvt-small, 2335008",
    "'MTLoRA, r = 64', swin-tiny, 8344634",
    "'MTLoRA+, r = 4', swin-tiny, 2573114",
    "DiTASK, swin-tiny, 1602714",
  })
  void rowsAreCounted(String name, String backbone, long expected) {
    assertEquals(expected, new MethodsPage().count(row(name, backbone)));
  }

  @ParameterizedTest
  @CsvSource({
    "11237024, 11.24, ''",
    "97996832, 97.51, +0.49 M",
    "1946624, 1.94, +0.01 M",
    "75321328, 72.77, +2.55 M",
    "1602714, 1.61, -0.01 M",
    "1602714, '', ''",
  })
  void whatDoesNotRoundToThePrintedFigureIsADifference(
      long counted, String published, String difference) {
    assertEquals(difference, MethodsPage.difference(counted, published));
  }

  @Test
  void noRowIsThereTwice() {
    Set<List<String>> seen = new HashSet<>();
    for (PublishedCounts.Row row : PUBLISHED.rows()) {
      assertTrue(seen.add(List.of(row.name(), row.backbone())), row.toString());
    }
  }
}
