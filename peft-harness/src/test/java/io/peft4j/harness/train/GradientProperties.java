package io.peft4j.harness.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Laws of clipping, accumulating and updating, beyond the size of a chunk. */
class GradientProperties {
  @Property(tries = 30)
  void clippedGradientsAreNoLongerThanTheLimit(
      @ForAll @DoubleRange(min = 0.01, max = 100) double limit,
      @ForAll @IntRange(min = 1, max = 2500) int length,
      @ForAll long seed) {
    Map<String, INDArray> gradients = gradients(length, seed);
    GradientClip clip = GradientClip.globalNorm(gradients, limit);
    double squares = 0;
    for (INDArray g : gradients.values()) {
      squares += Math.pow(g.castTo(DataType.DOUBLE).norm2Number().doubleValue(), 2);
    }
    assertEquals(Math.sqrt(squares), clip.norm(), 1e-6 * clip.norm());
    assertTrue(clip.norm() * clip.factor() <= limit * (1 + 1e-12));
    assertTrue(clip.norm() > limit || clip.factor() > 1 - 1e-3 && clip.factor() <= 1);
    if (clip.norm() < limit - 1e-6) {
      assertEquals(1, clip.factor(), "short gradients are untouched");
    }
  }

  @Property(tries = 20)
  void theMeanOfEqualBatchesIsTheBatch(
      @ForAll @IntRange(min = 1, max = 4) int batches, @ForAll long seed) {
    GradientAccumulator accumulator = new GradientAccumulator(batches);
    for (int round = 0; round < 2; round++) {
      Map<String, INDArray> gradients = gradients(50, seed + round);
      for (int i = 0; i < batches; i++) {
        accumulator.add(gradients);
      }
      assertEquals(batches, accumulator.batches());
      Map<String, INDArray> mean = accumulator.takeMean();
      gradients.forEach((name, g) -> assertTrue(g.equalsWithEps(mean.get(name), 1e-6), name));
      assertEquals(0, accumulator.batches());
    }
  }

  /** The update of one long array is that of its elements, each computed alone. */
  @Property(tries = 20)
  void theUpdateIsTheRecursionOfEachElement(
      @ForAll @IntRange(min = 1, max = 2500) int length, @ForAll long seed) {
    Random random = new Random(seed);
    double[] p = random.doubles(length, -1, 1).toArray();
    double[] m = new double[length];
    double[] v = new double[length];
    INDArray value = Nd4j.createFromArray(p.clone());
    AdamW adam = AdamW.of(List.of(new Trainable("p", value, true)), 0.05);
    for (int t = 1; t <= 3; t++) {
      double[] g = random.doubles(length, -1, 1).toArray();
      adam.step(Map.of("p", Nd4j.createFromArray(g)), 0.01);
      for (int i = 0; i < length; i++) {
        m[i] = 0.9 * m[i] + 0.1 * g[i];
        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
        double mHat = m[i] / (1 - Math.pow(0.9, t));
        double vHat = v[i] / (1 - Math.pow(0.999, t));
        p[i] = p[i] * (1 - 0.01 * 0.05) - 0.01 * mHat / (Math.sqrt(vHat) + 1e-8);
      }
    }
    for (int i = 0; i < length; i++) {
      assertEquals(p[i], value.getDouble(i), 1e-14, "element " + i);
    }
  }

  private static Map<String, INDArray> gradients(int length, long seed) {
    Random random = new Random(seed);
    Map<String, INDArray> result = new LinkedHashMap<>();
    for (String name : List.of("a", "b")) {
      result.put(name, Nd4j.createFromArray(random.doubles(length, -1, 1).toArray()));
    }
    result.put("c", result.get("a").castTo(DataType.FLOAT));
    return result;
  }
}
