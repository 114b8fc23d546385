package io.peft4j.harness.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** What AdamW touches, what it refuses, and that its state is all there is to resume from. */
class AdamWTest {
  private static final double RATE = 0.01;

  @Test
  void aStoppedTrainingContinuesToTheBit() {
    INDArray straight = values();
    AdamW one = optimizer(straight);
    for (int k = 0; k < 6; k++) {
      one.step(Map.of("p", gradient(k)), RATE);
    }

    INDArray resumed = values();
    AdamW before = optimizer(resumed);
    for (int k = 0; k < 3; k++) {
      before.step(Map.of("p", gradient(k)), RATE);
    }
    AdamW after = optimizer(resumed);
    after.load(before.state());
    for (int k = 3; k < 6; k++) {
      after.step(Map.of("p", gradient(k)), RATE);
    }
    assertEquals(straight, resumed);
    assertEquals(one.state(), after.state());
  }

  @Test
  void theStateIsACopy() {
    AdamW adam = optimizer(values());
    adam.step(Map.of("p", gradient(0)), RATE);
    Map<String, INDArray> state = adam.state();
    INDArray moment = state.get("p.exp_avg").dup();
    adam.step(Map.of("p", gradient(1)), RATE);
    assertEquals(moment, state.get("p.exp_avg"));
    assertEquals(1, state.get("p.step").getLong(0));
  }

  /** Views and column-major arrays are updated where they live, and nothing beside them. */
  @Test
  void theLayoutOfParametersAndGradientsDoesNotMatter() {
    INDArray plain = values();
    INDArray columnMajor = plain.dup('f');
    INDArray around = Nd4j.valueArrayOf(new long[] {5, 7}, 42.0, DataType.DOUBLE);
    INDArray view =
        around.get(NDArrayIndex.interval(1, 4), NDArrayIndex.interval(2, 6)).assign(plain);
    AdamW adam =
        AdamW.of(
            List.of(
                new Trainable("plain", plain, true),
                new Trainable("f", columnMajor, true),
                new Trainable("view", view, true)),
            0.1);
    INDArray g = gradient(0);
    adam.step(Map.of("plain", g, "f", g.dup('f'), "view", g), RATE);
    assertNotEquals(values(), plain);
    assertEquals(plain, columnMajor);
    assertEquals(plain, view);
    assertEquals(plain, around.get(NDArrayIndex.interval(1, 4), NDArrayIndex.interval(2, 6)));
    assertEquals(
        (5 * 7 - 12) * 42.0,
        around.sumNumber().doubleValue() - plain.sumNumber().doubleValue(),
        1e-9);
  }

  @Test
  void aParameterWithoutGradientIsLeftAlone() {
    INDArray used = values();
    INDArray idle = values();
    AdamW adam =
        AdamW.of(List.of(new Trainable("used", used, true), new Trainable("idle", idle, true)), 1);
    adam.step(Map.of("used", gradient(0)), RATE);
    assertEquals(values(), idle, "not even decayed");
    assertNotEquals(values(), used);
    adam.step(Map.of("idle", gradient(0)), RATE);
    assertEquals(used, idle, "its first step is a first step");
  }

  /** With no gradient to speak of only decay acts, at the rate of the group. */
  @Test
  void decayAndRateAreThoseOfTheGroup() {
    INDArray decayed = Nd4j.ones(DataType.DOUBLE, 2, 2);
    INDArray exempt = Nd4j.ones(DataType.DOUBLE, 2, 2);
    INDArray slower = Nd4j.ones(DataType.DOUBLE, 2, 2);
    AdamW adam =
        new AdamW(
            List.of(
                new ParameterGroup(
                    ImmutableList.of(
                        new Trainable("decayed", decayed, true),
                        new Trainable("exempt", exempt, false)),
                    1,
                    0.5),
                new ParameterGroup(
                    ImmutableList.of(new Trainable("slower", slower, true)), 0.1, 0.5)),
            AdamW.Settings.DEFAULT);
    INDArray zero = Nd4j.zeros(DataType.DOUBLE, 2, 2);
    adam.step(Map.of("decayed", zero, "exempt", zero, "slower", zero), RATE);
    assertEquals(1 - 0.5 * RATE, decayed.getDouble(0), 1e-15);
    assertEquals(1, exempt.getDouble(0));
    assertEquals(1 - 0.05 * RATE, slower.getDouble(0), 1e-15);
  }

  @Test
  void scalingWhileReadingEqualsScalingBefore() {
    INDArray a = values();
    INDArray b = values();
    INDArray g = gradient(0);
    optimizer(a).step(Map.of("p", g), RATE, 0.25);
    optimizer(b).step(Map.of("p", g.mul(0.25)), RATE);
    assertEquals(a, b);
    assertEquals(gradient(0), g, "gradients are only read");
  }

  @Test
  void aWrongGradientIsNamedBeforeAnythingMoves() {
    INDArray p = values();
    AdamW adam = optimizer(p);
    Map<String, INDArray> unknown = Map.of("p", gradient(0), "pp", gradient(0));
    assertNames(
        assertThrows(IllegalArgumentException.class, () -> adam.step(unknown, RATE)), "'pp'");
    assertNames(
        assertThrows(
            IllegalArgumentException.class,
            () -> adam.step(Map.of("p", gradient(0).transpose()), RATE)),
        "'p' has shape [4, 3], but the parameter [3, 4]");
    assertEquals(values(), p);
  }

  @Test
  void aStateOfOtherParametersIsRefusedWhole() {
    AdamW adam = optimizer(values());
    adam.step(Map.of("p", gradient(0)), RATE);
    Map<String, INDArray> good = adam.state();
    Map<String, INDArray> missing = new HashMap<>(good);
    missing.remove("p.exp_avg_sq");
    Map<String, INDArray> extra = new HashMap<>(good);
    extra.put("q.step", Nd4j.scalar(1L));
    Map<String, INDArray> other = new HashMap<>(good);
    other.put("p.exp_avg", Nd4j.zeros(DataType.DOUBLE, 2));
    AdamW fresh = optimizer(values());
    Map<String, INDArray> untouched = fresh.state();
    assertNames(
        assertThrows(InputException.class, () -> fresh.load(missing)), "lacks 'p.exp_avg_sq'");
    assertNames(assertThrows(InputException.class, () -> fresh.load(extra)), "'q.step'");
    assertNames(
        assertThrows(InputException.class, () -> fresh.load(other)), "'p.exp_avg' is DOUBLE[2]");
    assertEquals(untouched, fresh.state());
  }

  @Test
  void wrongSettingsAreRefused() {
    assertThrows(InputException.class, () -> new AdamW.Settings(1, 0.9, 1e-8));
    assertThrows(InputException.class, () -> new AdamW.Settings(0.9, -0.1, 1e-8));
    assertThrows(InputException.class, () -> new AdamW.Settings(0.9, 0.9, 0));
    assertThrows(InputException.class, () -> AdamW.of(List.of(), 0.1));
    assertThrows(InputException.class, () -> new ParameterGroup(ImmutableList.of(), -1, 0));
    assertThrows(InputException.class, () -> new ParameterGroup(ImmutableList.of(), 1, Double.NaN));
    Trainable p = new Trainable("p", values(), true);
    assertNames(assertThrows(InputException.class, () -> AdamW.of(List.of(p, p), 0)), "twice");
    assertNames(
        assertThrows(
            InputException.class, () -> new Trainable("i", Nd4j.zeros(DataType.INT32, 2), true)),
        "'i' is INT");
    assertThrows(InputException.class, () -> new Trainable(" ", values(), true));
    assertThrows(InputException.class, () -> new Trainable("e", Nd4j.empty(DataType.FLOAT), true));
  }

  private static AdamW optimizer(INDArray p) {
    return AdamW.of(List.of(new Trainable("p", p, true)), 0.05);
  }

  private static INDArray values() {
    return Nd4j.arange(12).castTo(DataType.DOUBLE).reshape(3, 4).addi(0.5);
  }

  private static INDArray gradient(int step) {
    return Nd4j.arange(12).castTo(DataType.DOUBLE).reshape(3, 4).subi(4 + step).divi(7);
  }

  private static void assertNames(Exception e, String part) {
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }
}
