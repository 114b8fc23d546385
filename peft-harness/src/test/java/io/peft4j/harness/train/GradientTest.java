package io.peft4j.harness.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Corners of clipping and accumulation, and which names decay. */
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
    assertDecay("layers.0.blocks.1.attn.qkv.weight", 2, true, true);
    assertDecay("layers.0.blocks.1.attn.qkv.lora_A.semseg", 2, true, true);
    assertDecay("layers.0.blocks.1.attn.qkv.bias", 1, false, false);
    assertDecay("layers.0.blocks.1.norm1.weight", 1, false, false);
    assertDecay("layers.0.blocks.1.norm1.weight.semseg", 2, false, true);
    assertDecay("layers.0.blocks.1.attn.relative_position_bias_table", 2, false, true);
    assertDecay("pos_embed1", 3, false, true);
    assertDecay("layers.0.blocks.1.attn.qkv.scale", 0, false, true);
    assertDecay("patch_embed.proj.weight", 4, true, true);
  }

  private static void assertDecay(String name, int rank, boolean standard, boolean reference) {
    long[] shape = new long[rank];
    Arrays.fill(shape, 2);
    INDArray value = Nd4j.create(DataType.FLOAT, shape);
    assertEquals(standard, WeightDecayPolicy.STANDARD.trainable(name, value).decay(), name);
    assertEquals(reference, WeightDecayPolicy.REFERENCE.trainable(name, value).decay(), name);
    assertFalse(standard && !reference, "the reference decays more, never less");
  }
}
