package io.peft4j.graph.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Values of the composed operations agree with plain loops and with known numbers. */
class AuditedOpsTest {
  private static final double EXACT = 1e-12;

  /** Runs an operation on a placeholder whose first size is free. */
  private static double[] run(INDArray x, BiFunction<AuditedOps, SDVariable, SDVariable> f) {
    SameDiff sd = SameDiff.create();
    long[] free = x.shape();
    free = free.clone();
    free[0] = -1;
    SDVariable y = f.apply(new AuditedOps(sd), sd.placeHolder("x", x.dataType(), free));
    return sd.output(Map.of("x", x), y.name()).get(y.name()).dup('c').data().asDouble();
  }

  private static INDArray random(long... shape) {
    return OpCase.values(new Random(5), false, shape);
  }

  private static INDArray vector(double... values) {
    return Nd4j.createFromArray(values);
  }

  /** x·Φ(x), with Φ from tables of the normal distribution. */
  @Test
  void geluIsExact() {
    double[] expected = {
      -0.004049694094890284,
      -0.15865525393145707,
      0,
      0.34573123063700656,
      0.8413447460685429,
      1.9544997361036416
    };
    double[] actual = run(vector(-3, -1, 0, 0.5, 1, 2), AuditedOps::gelu);
    assertArrayEquals(expected, actual, EXACT);
  }

  @Test
  void siluIsInputTimesSigmoid() {
    assertArrayEquals(
        new double[] {-0.2689414213699951, 0, 0.7310585786300049},
        run(vector(-1, 0, 1), AuditedOps::silu),
        EXACT);
  }

  /** SameDiff's own overflows in single precision from 89 on. */
  @Test
  void softplusIsRightFarOut() {
    double[] x = {-700, -40, -1, 0, 1, 0.999, 40, 700, 1e6};
    double[] y = run(vector(x), AuditedOps::softplus);
    for (int i = 0; i < x.length; i++) {
      double expected = Math.max(x[i], 0) + Math.log1p(Math.exp(-Math.abs(x[i])));
      assertEquals(expected, y[i], 1e-15 * Math.max(1, expected), "softplus(" + x[i] + ")");
    }
    double[] single = run(vector(-50, 200).castTo(DataType.FLOAT), AuditedOps::softplus);
    assertEquals(200, single[1], 1e-4);
    assertEquals(0, single[0], 1e-7);
  }

  @Test
  void logSoftmaxIsRightForLargeValues() {
    double[] y = run(vector(1000, 999, -1000, -5, -5, -5).reshape(2, 3), AuditedOps::logSoftmax);
    double first = -Math.log1p(Math.exp(-1));
    double third = -Math.log(3);
    double[] expected = {first, first - 1, first - 2000, third, third, third};
    assertArrayEquals(expected, y, 1e-9);
  }

  @Test
  void layerNormIsThatOfTheFormula() {
    INDArray x = random(3, 4, 5);
    INDArray gain = random(5);
    INDArray offset = random(5);
    double[] y =
        run(x, (o, v) -> o.layerNorm(v, o.constant("g", gain), o.constant("o", offset), 1e-3));
    double[] in = x.data().asDouble();
    for (int row = 0; row < 12; row++) {
      double mean = 0;
      double square = 0;
      for (int c = 0; c < 5; c++) {
        mean += in[row * 5 + c] / 5;
      }
      for (int c = 0; c < 5; c++) {
        square += Math.pow(in[row * 5 + c] - mean, 2) / 5;
      }
      for (int c = 0; c < 5; c++) {
        double expected =
            (in[row * 5 + c] - mean) / Math.sqrt(square + 1e-3) * gain.getDouble(c)
                + offset.getDouble(c);
        assertEquals(expected, y[row * 5 + c], EXACT);
      }
    }
  }

  @Test
  void batchNormUsesTheBatchWhenTrainingAndTheRunningStatisticsWhenNot() {
    INDArray x = random(7, 2);
    INDArray one = Nd4j.ones(DataType.DOUBLE, 2);
    for (double training : new double[] {0, 1}) {
      double[] y =
          run(
              x,
              (o, v) -> {
                AuditedOps.BatchNorm norm =
                    o.batchNorm(
                        v,
                        o.constant("g", one.mul(2)),
                        o.constant("o", one.mul(3)),
                        o.constant("m", one.mul(0.25)),
                        o.constant("v", one.mul(4)),
                        o.constant("t", Nd4j.scalar(DataType.DOUBLE, training)),
                        1e-3);
                return o.concat(0, norm.output(), norm.batchMean(), norm.batchVariance());
              });
      for (int c = 0; c < 2; c++) {
        INDArray column = x.getColumn(c);
        double mean = column.meanNumber().doubleValue();
        double variance = column.varNumber().doubleValue() * 6 / 7;
        assertEquals(mean, y[14 + c], EXACT);
        assertEquals(variance, y[16 + c], EXACT);
        double m = training == 1 ? mean : 0.25;
        double v = training == 1 ? variance : 4;
        for (int row = 0; row < 7; row++) {
          double expected = (column.getDouble(row) - m) / Math.sqrt(v + 1e-3) * 2 + 3;
          assertEquals(expected, y[row * 2 + c], EXACT);
        }
      }
    }
  }

  @Test
  void rollShiftsCyclically() {
    INDArray x = vector(0, 1, 2, 3, 4).reshape(1, 5);
    assertArrayEquals(new double[] {3, 4, 0, 1, 2}, run(x, (o, v) -> o.roll(v, 1, 2, 5)));
    assertArrayEquals(new double[] {2, 3, 4, 0, 1}, run(x, (o, v) -> o.roll(v, 1, -2, 5)));
    assertArrayEquals(new double[] {4, 0, 1, 2, 3}, run(x, (o, v) -> o.roll(v, 1, 11, 5)));
    assertArrayEquals(new double[] {0, 1, 2, 3, 4}, run(x, (o, v) -> o.roll(v, 1, -5, 5)));
  }

  @Test
  void padEndAppendsZeros() {
    INDArray x = vector(1, 2, 3, 4).reshape(2, 1, 2);
    assertArrayEquals(new double[] {1, 2, 0, 3, 4, 0}, run(x, (o, v) -> o.padEnd(v, 2, 2, 3, 3)));
    assertArrayEquals(
        new double[] {1, 2, 0, 0, 3, 4, 0, 0}, run(x, (o, v) -> o.padEnd(v, 1, 1, 2, 3)));
  }

  /** Printed by PyTorch's interpolate(mode="bilinear", align_corners=False) on [[1, 2], [3, 4]]. */
  @Test
  void resizeBilinearIsThatOfPyTorch() {
    double[] expected = {
      1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4
    };
    INDArray x = vector(1, 2, 3, 4).reshape(1, 2, 2);
    assertArrayEquals(expected, run(x, (o, v) -> o.resizeBilinear(v, 2, 2, 4, 4)), EXACT);
  }

  @Test
  void resizeBilinearIsThatOfALoop() {
    int[][] sizes = {{3, 5, 7, 4}, {4, 4, 8, 8}, {6, 5, 2, 3}, {1, 4, 3, 4}, {4, 3, 4, 9}};
    for (int[] s : sizes) {
      INDArray x = random(2, s[0], s[1]);
      double[] y = run(x, (o, v) -> o.resizeBilinear(v, s[0], s[1], s[2], s[3]));
      int k = 0;
      for (int map = 0; map < 2; map++) {
        for (int i = 0; i < s[2]; i++) {
          for (int j = 0; j < s[3]; j++) {
            assertEquals(sample(x, map, i, j, s), y[k++], EXACT);
          }
        }
      }
    }
  }

  /** Four neighbours of the source point, weighted by the opposite areas. */
  private static double sample(INDArray x, int map, int i, int j, int[] s) {
    double row = Math.max((i + 0.5) * s[0] / s[2] - 0.5, 0);
    double column = Math.max((j + 0.5) * s[1] / s[3] - 0.5, 0);
    int top = (int) row;
    int left = (int) column;
    int bottom = Math.min(top + 1, s[0] - 1);
    int right = Math.min(left + 1, s[1] - 1);
    double down = row - top;
    double across = column - left;
    return (1 - down) * (1 - across) * x.getDouble(map, top, left)
        + (1 - down) * across * x.getDouble(map, top, right)
        + down * (1 - across) * x.getDouble(map, bottom, left)
        + down * across * x.getDouble(map, bottom, right);
  }

  @Test
  void lookupChoosesRows() {
    INDArray table = vector(1, 2, 3, 4, 5, 6).reshape(3, 2);
    assertArrayEquals(
        new double[] {5, 6, 1, 2, 5, 6},
        run(table, (o, v) -> o.lookup("const.index", v, 3, new int[] {2, 0, 2})));
  }

  /** SameDiff's own reductions give garbage or fail in several of these cases. */
  @Test
  void reductionsAreRightForAnyAxisAndOneRow() {
    for (long[] shape : new long[][] {{1, 6}, {4, 6}, {4, 1}, {1, 1}, {2, 3, 4}, {1, 3, 4}}) {
      INDArray x = random(shape);
      for (boolean keep : new boolean[] {true, false}) {
        for (int axis = -shape.length; axis < shape.length; axis++) {
          int a = axis;
          int positive = Math.floorMod(axis, shape.length);
          assertArrayEquals(
              x.sum(keep, positive).dup('c').data().asDouble(),
              run(x, (o, v) -> o.sum(v, keep, a)),
              EXACT);
          assertArrayEquals(
              x.mean(keep, positive).dup('c').data().asDouble(),
              run(x, (o, v) -> o.mean(v, keep, a)),
              EXACT);
        }
      }
    }
  }

  @Test
  void constantsAreMadeOnceAndNotChanged() {
    SameDiff sd = SameDiff.create();
    AuditedOps ops = new AuditedOps(sd);
    SDVariable first = ops.constant("mask", vector(1, 2));
    assertSame(first, new AuditedOps(sd).constant("mask", vector(1, 2)));
    String message =
        assertThrows(IllegalArgumentException.class, () -> ops.constant("mask", vector(1, 3)))
            .getMessage();
    assertTrue(message.contains("'mask'"), message);
    sd.placeHolder("image", DataType.DOUBLE, -1, 2);
    message =
        assertThrows(IllegalArgumentException.class, () -> ops.constant("image", vector(1, 2)))
            .getMessage();
    assertTrue(message.contains("PLACEHOLDER"), message);
  }

  @Test
  void sharedConstantsAreNamedByTheirMeaning() {
    SameDiff sd = SameDiff.create();
    AuditedOps ops = new AuditedOps(sd);
    SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 8, 8);
    ops.resizeBilinear(x, 8, 8, 64, 64);
    int before = sd.getVariables().size();
    ops.resizeBilinear(x, 8, 8, 64, 64);
    assertTrue(sd.hasVariable("const.bilinear.8.64"));
    long constants =
        sd.getVariables().values().stream().filter(v -> v.getVariable().isConstant()).count();
    assertEquals(1, constants, "of " + before + " variables");
  }
}
