package io.peft4j.graph.plan.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.nd4j.linalg.api.buffer.DataType;

/** The kernels for the CPU compute what plain loops over doubles do, with any number of threads. */
class CpuKernelsTest {
  @TestFactory
  Stream<DynamicTest> kernels() {
    return IntStream.of(1, 3).boxed().flatMap(CpuKernelsTest::kernels);
  }

  private static Stream<DynamicTest> kernels(int threads) {
    Trial trial = new Trial(DataType.FLOAT);
    KernelProvider provider = CpuKernels.find(threads).orElseThrow();
    return Cases.of(trial)
        .filter(i -> provider.kernel(i, new Buffers()).isPresent())
        .map(
            i ->
                DynamicTest.dynamicTest(
                    i + ", threads " + threads, () -> trial.check(provider, 1e-5, i)));
  }

  @Test
  void thereIsOneForEachOperationThatNd4jIsSlowAt() {
    Trial trial = new Trial(DataType.FLOAT);
    KernelProvider provider = CpuKernels.find(1).orElseThrow();
    List<Class<?>> found =
        Cases.of(trial)
            .filter(i -> provider.kernel(i, new Buffers()).isPresent())
            .<Class<?>>map(i -> i.operation().getClass())
            .distinct()
            .toList();
    assertTrue(
        found.containsAll(
            List.of(
                Operation.MatMul.class,
                Operation.Move.class,
                Operation.Binary.class,
                Operation.Sum.class,
                Operation.Fill.class,
                Operation.Gelu.class,
                Operation.GeluGradient.class,
                Operation.ReluGradient.class,
                Operation.SoftmaxGradient.class,
                Operation.LayerNorm.class,
                Operation.LayerNormGradient.class,
                Operation.LayerNormFullGradient.class,
                Operation.LayerNormParameterGradient.class,
                Operation.BatchNorm.class,
                Operation.BatchNormGradient.class,
                Operation.LogLikelihood.class,
                Operation.LogLikelihoodGradient.class)),
        found::toString);
  }

  @Test
  void doublesAreLeftToTheReference() {
    Trial trial = new Trial(DataType.DOUBLE);
    Instruction gelu =
        trial.instruction(new Operation.Gelu(), List.of(trial.array(3)), trial.array(3));
    KernelProvider provider = CpuKernels.find(1).orElseThrow();
    assertEquals(Optional.empty(), provider.kernel(gelu, new Buffers()));
  }

  @Test
  void geluHoldsFromEndToEnd() {
    Trial trial = new Trial(DataType.FLOAT);
    Buffers memory = new Buffers();
    int size = 20001;
    Value x = trial.array(size);
    Value ones = trial.array(size);
    Value y = trial.array(size);
    Value dx = trial.array(size);
    double[] points = IntStream.range(0, size).mapToDouble(i -> (float) (i / 1e3 - 10)).toArray();
    points[0] = -1e30;
    points[size - 1] = 1e30;
    memory.write(x.root(), points);
    memory.write(ones.root(), IntStream.range(0, size).mapToDouble(i -> 1).toArray());
    KernelProvider provider = CpuKernels.find(1).orElseThrow();
    List<Value> inputs = List.of(x, ones);
    provider
        .kernel(trial.instruction(new Operation.Gelu(), List.of(x), y), memory)
        .orElseThrow()
        .run();
    provider
        .kernel(trial.instruction(new Operation.GeluGradient(), inputs, dx), memory)
        .orElseThrow()
        .run();
    double[] values = memory.read(y.root());
    double[] slopes = memory.read(dx.root());
    for (int i = 0; i < size; i++) {
      double at = points[i];
      double phi = Oracle.cumulative(at);
      double slope = phi + (Math.abs(at) > 40 ? 0 : at * Oracle.density(at));
      assertEquals(at * phi, values[i], 1e-6 * Math.max(1, Math.abs(at * phi)), () -> "at " + at);
      assertEquals(slope, slopes[i], 1e-6, () -> "slope at " + at);
    }
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBits() {
    double[][] gradients = new double[3][];
    for (int threads = 1; threads <= 3; threads++) {
      Trial trial = new Trial(DataType.FLOAT);
      Buffers memory = new Buffers();
      Random random = new Random(5);
      List<Value> inputs =
          List.of(
              trial.array(5000, 33), trial.array(5000), trial.array(5000), trial.array(5000, 33));
      inputs.forEach(v -> memory.fill(v.root(), random));
      Value gain = trial.array(33);
      Operation operation = new Operation.LayerNormParameterGradient(5000, 33);
      Instruction instruction = trial.instruction(operation, inputs, gain, trial.array(33));
      KernelProvider provider = CpuKernels.find(threads).orElseThrow();
      provider.kernel(instruction, memory).orElseThrow().run();
      gradients[threads - 1] = memory.read(gain.root());
    }
    assertArrayEquals(gradients[0], gradients[1]);
    assertArrayEquals(gradients[0], gradients[2]);
  }

  /** Against Java's, over the range of floats; outside it is the nearest that there is. */
  @Test
  void exponentialsAreRight() {
    int count = 200_000;
    float[] x = new float[count];
    for (int i = 0; i < count; i++) {
      x[i] = -87.3f + 175.3f * i / (count - 1);
    }
    float[] y = x.clone();
    new Exponential(count).apply(y, count);
    for (int i = 0; i < count; i++) {
      assertEquals(1, y[i] / Math.exp(x[i]), 3e-7, "e^" + x[i]);
    }
    float[] outside = {-1e9f, Float.NEGATIVE_INFINITY, 1e9f, Float.NaN};
    new Exponential(4).apply(outside, 4);
    assertArrayEquals(new float[] {0, 0}, new float[] {outside[0], outside[1]}, 2e-38f);
    assertTrue(Float.isFinite(outside[2]) && outside[2] > 1e38, "" + outside[2]);
    assertTrue(Float.isNaN(outside[3]));
  }

  @Test
  void needsAThread() {
    assertThrows(IllegalArgumentException.class, () -> CpuKernels.find(0));
  }
}
