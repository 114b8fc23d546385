package io.peft4j.graph.plan.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** Gradients by the reference kernels are those of finite differences of its forward kernels. */
class GradientKernelTest {
  private static final double STEP = 1e-5;

  private final Trial trial = new Trial(DataType.DOUBLE);
  private final Buffers memory = new Buffers();
  private final KernelProvider provider = ReferenceKernels.create();
  private final Random random = new Random(11);

  private void run(Operation operation, List<Value> inputs, Value... outputs) {
    Instruction instruction = trial.instruction(operation, inputs, outputs);
    provider.kernel(instruction, memory).orElseThrow().run();
  }

  /** Compares a gradient with differences of {@code Σ g·y} when {@code x} changes. */
  private void check(Value x, Value y, Value g, Value gradient, Runnable forward) {
    double[] at = memory.read(x.root());
    double[] weights = memory.read(g.root());
    double[] analytic = memory.read(gradient.root());
    for (int i = 0; i < at.length; i++) {
      double[] sums = new double[2];
      for (int side = 0; side < 2; side++) {
        double[] moved = at.clone();
        moved[i] += side == 0 ? STEP : -STEP;
        memory.write(x.root(), moved);
        forward.run();
        double[] result = memory.read(y.root());
        for (int j = 0; j < result.length; j++) {
          sums[side] += result[j] * weights[j];
        }
      }
      assertEquals((sums[0] - sums[1]) / (2 * STEP), analytic[i], 1e-8, "element " + i);
    }
    memory.write(x.root(), at);
  }

  private Value filled(long... shape) {
    Value value = trial.array(shape);
    memory.fill(value.root(), random);
    return value;
  }

  private void elementwise(Operation forward, Operation backward, boolean byResult) {
    Value x = filled(17);
    Value y = trial.array(17);
    Value g = filled(17);
    Value dx = trial.array(17);
    run(forward, List.of(x), y);
    run(backward, List.of(byResult ? y : x, g), dx);
    check(x, y, g, dx, () -> run(forward, List.of(x), y));
  }

  @Test
  void gelu() {
    elementwise(new Operation.Gelu(), new Operation.GeluGradient(), false);
  }

  @Test
  void relu() {
    elementwise(new Operation.Relu(), new Operation.ReluGradient(), false);
    elementwise(new Operation.Relu(), new Operation.ReluGradient(), true);
  }

  @Test
  void softmax() {
    Value x = filled(3, 5);
    Value y = trial.array(3, 5);
    Value g = filled(3, 5);
    Value dx = trial.array(3, 5);
    Operation softmax = new Operation.Softmax(3, 5);
    run(softmax, List.of(x), y);
    run(new Operation.SoftmaxGradient(3, 5), List.of(y, g), dx);
    check(x, y, g, dx, () -> run(softmax, List.of(x), y));
  }

  @Test
  void layerNorm() {
    Value x = filled(4, 6);
    Value gain = filled(6);
    Value offset = filled(6);
    Value y = trial.array(4, 6);
    Value mean = trial.array(4);
    Value deviation = trial.array(4);
    Value g = filled(4, 6);
    Value dx = trial.array(4, 6);
    Value gainGradient = trial.array(6);
    Value offsetGradient = trial.array(6);
    Runnable forward =
        () ->
            run(new Operation.LayerNorm(4, 6, 1e-2), List.of(x, gain, offset), y, mean, deviation);
    forward.run();
    run(new Operation.LayerNormGradient(4, 6), List.of(x, gain, mean, deviation, g), dx);
    run(
        new Operation.LayerNormParameterGradient(4, 6),
        List.of(x, mean, deviation, g),
        gainGradient,
        offsetGradient);
    check(x, y, g, dx, forward);
    check(gain, y, g, gainGradient, forward);
    check(offset, y, g, offsetGradient, forward);
  }

  /** In training, in evaluation, and between. */
  @Test
  void batchNorm() {
    for (double t : new double[] {1, 0, 0.25}) {
      for (boolean relu : new boolean[] {false, true}) {
        batchNorm(t, relu);
      }
    }
  }

  private void batchNorm(double t, boolean relu) {
    Value x = filled(4, 3);
    Value gain = filled(3);
    Value offset = filled(3);
    Value training = filled(1);
    memory.write(training.root(), t);
    Value runningVariance = filled(3);
    memory.write(runningVariance.root(), 0.7, 1.1, 2.3);
    List<Value> inputs = List.of(x, gain, offset, filled(3), runningVariance, training);
    Value y = trial.array(4, 3);
    Value mean = trial.array(3);
    Value used = trial.array(3);
    Value inverse = trial.array(3);
    Value[] outputs = {y, mean, trial.array(3), used, inverse};
    Value g = filled(4, 3);
    Value dx = trial.array(4, 3);
    Value gainGradient = trial.array(3);
    Value offsetGradient = trial.array(3);
    Runnable forward = () -> run(new Operation.BatchNorm(4, 3, 1e-2, relu), inputs, outputs);
    forward.run();
    run(
        new Operation.BatchNormGradient(4, 3, relu),
        List.of(x, gain, offset, training, mean, used, inverse, g),
        dx,
        gainGradient,
        offsetGradient);
    check(x, y, g, dx, forward);
    check(gain, y, g, gainGradient, forward);
    check(offset, y, g, offsetGradient, forward);
  }

  @Test
  void logLikelihood() {
    Value x = filled(2, 4, 3);
    Value w = filled(2, 4, 3);
    Value sum = trial.array();
    Value logs = trial.array(2, 3);
    Value g = filled();
    Value dx = trial.array(2, 4, 3);
    Runnable forward = () -> run(new Operation.LogLikelihood(2, 4, 3), List.of(x, w), sum, logs);
    forward.run();
    run(new Operation.LogLikelihoodGradient(2, 4, 3), List.of(x, w, logs, g), dx);
    check(x, sum, g, dx, forward);
  }
}
