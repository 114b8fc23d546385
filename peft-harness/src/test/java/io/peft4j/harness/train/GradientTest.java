package io.peft4j.harness.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Param.Kind;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Corners of clipping and accumulation, and which parameters decay. */
class GradientTest {
  @Test
  void sharedGradientsAreNeitherScaledTwiceNorChanged() {
    INDArray shared = Nd4j.createFromArray(3.0, 4.0);
    GradientClip clip = GradientClip.globalNorm(Map.of("a", shared, "b", shared), 1);
    assertEquals(Math.sqrt(50), clip.norm(), 1e-12);
    assertEquals(1 / (Math.sqrt(50) + 1e-6), clip.factor(), 1e-15);
    assertEquals(Nd4j.createFromArray(3.0, 4.0), shared);
  }

  @Test
  void brokenGradientsShowInTheNorm() {
    assertTrue(
        Double.isNaN(
            GradientClip.globalNorm(Map.of("a", Nd4j.createFromArray(1f, Float.NaN)), 5).norm()));
    assertThrows(InputException.class, () -> GradientClip.globalNorm(Map.of(), 0));
    assertEquals(
        1,
        GradientClip.globalNorm(Map.of("a", Nd4j.createFromArray(1e30f)), Double.POSITIVE_INFINITY)
            .factor());
  }

  @Test
  void accumulatedGradientsAreCopied() {
    INDArray gradient = Nd4j.ones(DataType.DOUBLE, 2);
    GradientAccumulator accumulator = new GradientAccumulator(2);
    accumulator.add(Map.of("a", gradient));
    gradient.assign(9);
    accumulator.add(Map.of("a", Nd4j.valueArrayOf(new long[] {2}, 3.0, DataType.DOUBLE)));
    assertEquals(
        Nd4j.valueArrayOf(new long[] {2}, 2.0, DataType.DOUBLE), accumulator.takeMean().get("a"));
    assertThrows(IllegalStateException.class, accumulator::takeMean);
    assertThrows(IllegalArgumentException.class, () -> accumulator.add(Map.of("b", gradient)));
  }

  @Test
  void decayFollowsThePolicy() {
    assertDecay(Kind.WEIGHT, 2, true, true);
    assertDecay(Kind.WEIGHT, 4, true, true);
    assertDecay(Kind.WEIGHT, 1, false, false);
    assertDecay(Kind.LOW_RANK, 2, true, true);
    assertDecay(Kind.BIAS, 1, false, false);
    assertDecay(Kind.BIAS, 2, false, false);
    assertDecay(Kind.NORM_WEIGHT, 1, false, false);
    assertDecay(Kind.NORM_WEIGHT, 2, false, true);
    assertDecay(Kind.NORM_BIAS, 2, false, false);
    assertDecay(Kind.POSITION_BIAS, 2, false, true);
    assertDecay(Kind.POSITION_BIAS, 3, false, true);
    assertDecay(Kind.SCALE, 0, false, true);
    assertDecay(Kind.SCALE, 1, false, false);
    assertDecay(Kind.SCALE, 2, false, true);
  }

  private static void assertDecay(Kind kind, int rank, boolean standard, boolean reference) {
    String what = kind + " of rank " + rank;
    assertEquals(standard, WeightDecayPolicy.STANDARD.decays(kind, rank), what);
    assertEquals(reference, WeightDecayPolicy.REFERENCE.decays(kind, rank), what);
    assertFalse(standard && !reference, "the reference decays more, never less");
  }
}
