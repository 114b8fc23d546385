package io.peft4j.harness.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.harness.metric.Score;
import io.peft4j.harness.run.ComparisonResult;
import io.peft4j.harness.run.ComparisonRow;
import io.peft4j.harness.run.RunResult;
import io.peft4j.harness.run.TinyRuns;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Numbers stand in the table as the papers print them; what failed stays in it. */
class ComparisonTableTest {
  private static final ComparisonResult RESULT =
      new ComparisonResult(
          "semseg:12,normals:3",
          TinyRuns.spec("lora", "semseg:12,normals:3", 1),
          List.of(
              row("single task", 0.5, 20, 0.0, 5_000_000),
              row("lora", 0.56, 19, 8.5, 421_000),
              new ComparisonRow(
                  "broken",
                  RunResult.Status.FAILED,
                  "step 3: loss is NaN |\nlower it",
                  Map.of(),
                  null,
                  0,
                  0,
                  0,
                  0,
                  0,
                  1,
                  List.of("runs/broken"))));

  @Test
  void markdown() {
    List<String> lines = ComparisonTable.of(RESULT).markdown().lines().toList();
    assertEquals(
        "| method | semseg mIoU % ↑ | normals mean angle ° ↓ | Δm % ↑ | trainable M "
            + "| of these backbone M | MACs G | full MACs G | seconds |",
        lines.get(0));
    assertEquals("|:---|" + "---:|".repeat(8), lines.get(1));
    assertEquals(
        "| lora | 56.00 | 19.00 | +8.50 | 0.421 | 0.100 | 1.5000 | 2.0000 | 12 |", lines.get(3));
    assertEquals("| broken | – | – | – | 0.000 | 0.000 | 0.0000 | 0.0000 | 1 |", lines.get(4));
    assertEquals("broken failed: step 3: loss is NaN \\| lower it", lines.get(6));
  }

  @Test
  void columnsOfTheTextAreAligned() {
    List<String> lines = ComparisonTable.of(RESULT).text().lines().limit(4).toList();
    assertEquals(1, lines.stream().map(String::length).distinct().count(), lines.toString());
    assertTrue(lines.get(2).contains("+8.50"));
  }

  @Test
  void aPlotIsPaintedEvenWithoutPoints() {
    for (ComparisonResult result :
        List.of(RESULT, new ComparisonResult(RESULT.tasks(), RESULT.setup(), List.of()))) {
      BufferedImage plot = TradeOffPlot.paint(result);
      assertEquals(TradeOffPlot.WIDTH, plot.getWidth());
      assertEquals(TradeOffPlot.HEIGHT, plot.getHeight());
    }
  }

  private static ComparisonRow row(
      String name, double iou, double angle, @Nullable Double deltaM, long trainable) {
    return new ComparisonRow(
        name,
        RunResult.Status.OK,
        null,
        Map.of(
            "semseg", new Score("mIoU", iou, true),
            "normals", new Score("mean_angle", angle, false)),
        deltaM,
        6_000_000,
        trainable,
        100_000,
        1_500_000_000L,
        2_000_000_000L,
        12.3,
        List.of("runs/" + name));
  }
}
