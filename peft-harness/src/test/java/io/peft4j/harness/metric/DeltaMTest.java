package io.peft4j.harness.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Signs of Δm and what comparisons without meaning get. */
class DeltaMTest {
  private static final Map<String, Score> BASE =
      Map.of("semseg", new Score("mIoU", 0.5, true), "depth", new Score("rmse", 0.8, false));

  @Test
  void aGainInEitherDirectionIsPositive() {
    assertEquals(10, DeltaM.percent(Map.of("semseg", new Score("mIoU", 0.55, true)), BASE), 1e-9);
    assertEquals(25, DeltaM.percent(Map.of("depth", new Score("rmse", 0.6, false)), BASE), 1e-9);
    assertEquals(0, DeltaM.percent(BASE, BASE));
  }

  @Test
  void comparisonsWithoutMeaningAreRefused() {
    assertNames(
        Map.of("semsegg", new Score("mIoU", 1, true)), BASE, "'semsegg'; did you mean 'semseg'?");
    assertNames(Map.of("semseg", new Score("rmse", 1, false)), BASE, "must measure the same");
    assertNames(Map.of(), BASE, "at least one");
    assertNames(
        Map.of("semseg", new Score("mIoU", 1, true)),
        Map.of("semseg", new Score("mIoU", 0, true)),
        "is 0");
  }

  private static void assertNames(Map<String, Score> a, Map<String, Score> b, String part) {
    String message = assertThrows(InputException.class, () -> DeltaM.percent(a, b)).getMessage();
    assertTrue(message.contains(part), message);
  }
}
