package io.peft4j.graph.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The check sees wrong gradients, passes right ones, and leaves the graph's values alone. */
class FiniteDifferencesTest {
  private final SameDiff sd = SameDiff.create();
  private final INDArray value = Nd4j.linspace(1, 2, 6, DataType.DOUBLE).reshape(2, 3);
  private final SDVariable x = sd.var("x", value.dup());

  @Test
  void aRightGradientPasses() {
    SDVariable loss = new AuditedOps(sd).gelu(x).sum();
    assertTrue(FiniteDifferences.check(sd, loss.name(), Map.of(), "x", 3, 7) < 1e-9);
    assertEquals(value, x.getArr());
  }

  @Test
  void placeholdersCanBeChecked() {
    SDVariable input = sd.placeHolder("input", DataType.DOUBLE, -1, 3);
    SDVariable loss = x.mul(input).mul(input).sum();
    INDArray given = value.dup();
    assertTrue(
        FiniteDifferences.check(sd, loss.name(), Map.of("input", given), "input", 9, 7) < 1e-9);
    assertEquals(value, given);
  }

  /** SameDiff's gradient of a divisor of one element is wrong. */
  @Test
  void aWrongGradientIsSeen() {
    SDVariable scale = sd.var("scale", Nd4j.scalar(DataType.DOUBLE, 3));
    SDVariable weights = sd.constant(value.sub(1.4));
    SDVariable loss = x.div(scale).mul(weights).sum();
    assertTrue(FiniteDifferences.check(sd, loss.name(), Map.of(), "scale", 1, 7) > 0.1);
  }

  @Test
  void singlePrecisionIsRefused() {
    SDVariable single = sd.var("single", Nd4j.ones(DataType.FLOAT, 2));
    SDVariable loss = single.sum();
    assertThrows(
        IllegalArgumentException.class,
        () -> FiniteDifferences.check(sd, loss.name(), Map.of(), "single", 1, 7));
  }
}
