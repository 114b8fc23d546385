package io.peft4j.graph.exec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.Shape;
import io.peft4j.api.backbone.NoiseInput;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Masks are a function of seed, step and name, and keep the mean of what they multiply. */
class NoiseFeedTest {
  private static final NoiseInput ROWS = new NoiseInput("rows", 0.25, 100, Shape.of(1));
  private static final NoiseInput CELLS = new NoiseInput("cells", 0.75, 10, Shape.of(20));

  @Test
  void masksHaveTheShapeOfTheirValues() {
    Map<String, INDArray> masks = masks(1, 1);
    assertArrayEquals(new long[] {300, 1}, masks.get("rows").shape());
    assertArrayEquals(new long[] {30, 20}, masks.get("cells").shape());
  }

  @Test
  void entriesAreZeroOrTheInverseOfWhatIsKept() {
    Map<String, INDArray> masks = masks(1, 1);
    for (double value : masks.get("rows").data().asDouble()) {
      assertTrue(value == 0 || value == 1 / 0.75, () -> "" + value);
    }
    // 300 and 600 draws: five standard deviations.
    assertEquals(1, masks.get("rows").meanNumber().doubleValue(), 5 * Math.sqrt(1 / 3.0 / 300));
    assertEquals(1, masks.get("cells").meanNumber().doubleValue(), 5 * Math.sqrt(3.0 / 600));
  }

  @Test
  void seedStepAndNameDecide() {
    assertEquals(masks(1, 1), masks(1, 1));
    assertNotEquals(masks(1, 1).get("rows"), masks(2, 1).get("rows"));
    assertNotEquals(masks(1, 1).get("rows"), masks(1, 2).get("rows"));
    INDArray alone = NoiseFeed.masks(List.of(CELLS), DataType.DOUBLE, 3, 1, 1).get("cells");
    assertEquals(masks(1, 1).get("cells"), alone, "whatever else is drawn");
    INDArray renamed =
        NoiseFeed.masks(List.of(CELLS.renamed("cells@a")), DataType.DOUBLE, 3, 1, 1).get("cells@a");
    assertNotEquals(alone, renamed, "streams draw for themselves");
  }

  @Test
  void evaluationDropsNothing() {
    assertEquals(
        Nd4j.ones(DataType.DOUBLE, 300, 1),
        NoiseFeed.ones(List.of(ROWS), DataType.DOUBLE, 3).get("rows"));
  }

  private static Map<String, INDArray> masks(long seed, long step) {
    return NoiseFeed.masks(List.of(ROWS, CELLS), DataType.DOUBLE, 3, seed, step);
  }
}
