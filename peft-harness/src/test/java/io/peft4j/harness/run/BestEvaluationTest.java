package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.harness.metric.Score;
import io.peft4j.harness.train.Evaluator;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which of a run's evaluations is the best, whatever the tasks' units. */
class BestEvaluationTest {
  @Test
  void relativeGainsOverTasksDecide() {
    BestEvaluation best = new BestEvaluation();
    assertTrue(best.offer(1, 10 * 1, of(0.20, 40)));
    assertTrue(
        best.offer(2, 10 * 2, of(0.24, 42)), "+1/6 outweighs -1/21, although 2 exceeds 0.04");
    assertFalse(best.offer(3, 10 * 3, of(0.23, 42)));
    assertFalse(best.offer(4, 10 * 4, of(0.24, 43)), "a larger angle is worse");
    assertTrue(best.offer(5, 10 * 5, of(0.24, 42)), "of equals the later one");
    assertEquals(5, best.epoch());
  }

  @Test
  void zeroAndUndefinedScoresAreNoObstacle() {
    BestEvaluation best = new BestEvaluation();
    assertTrue(best.offer(1, 10 * 1, of(0, Double.NaN)));
    assertTrue(best.offer(2, 10 * 2, of(0.1, Double.NaN)));
    assertFalse(best.offer(3, 10 * 3, of(0, Double.NaN)));
    assertEquals(2, best.epoch());
  }

  private static Evaluator.Evaluation of(double iou, double angle) {
    return new Evaluator.Evaluation(
        Map.of(
            "semseg", new Score("mIoU", iou, true),
            "normals", new Score("mean_angle", angle, false)),
        Map.of());
  }
}
