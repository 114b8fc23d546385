package io.peft4j.api.method;

import java.util.random.RandomGenerator;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * How a trainable parameter starts.
 *
 * <p>Safe for use by several threads. The generator that it is handed belongs to the caller.
 */
@FunctionalInterface
public interface Init {
  /**
   * The start value.
   *
   * @param random a generator of this parameter alone, so that the value does not depend on the
   *     order in which parameters are made
   * @param type data type of the result
   * @param shape shape of the result
   */
  INDArray create(RandomGenerator random, DataType type, long... shape);

  /** All zeros. */
  static Init zeros() {
    return (random, type, shape) -> Nd4j.zeros(type, shape);
  }

  /** All ones. */
  static Init ones() {
    return constant(1.0);
  }

  /** One value everywhere. */
  static Init constant(double value) {
    return (random, type, shape) -> Nd4j.valueArrayOf(shape, value, type);
  }

  /** Given values, computed when they are needed; the array is copied and must have the shape. */
  static Init of(java.util.function.Supplier<INDArray> value) {
    return (random, type, shape) -> value.get().castTo(type).reshape(shape).dup('c');
  }

  /** Uniform in {@code [-bound, bound)}. */
  static Init uniform(double bound) {
    return fill(random -> (2 * random.nextDouble() - 1) * bound);
  }

  /** Normal with mean 0. */
  static Init normal(double std) {
    return fill(random -> std * random.nextGaussian());
  }

  /** Normal with mean 0, redrawn outside two standard deviations (timm's trunc_normal_). */
  static Init truncatedNormal(double std) {
    return fill(
        random -> {
          double g = random.nextGaussian();
          while (Math.abs(g) > 2) {
            g = random.nextGaussian();
          }
          return std * g;
        });
  }

  /**
   * PyTorch's {@code kaiming_uniform_(a=√5)}: uniform in ±1/√fanIn, where fanIn is the product of
   * all dimensions but the first ({@code [out, in…]}).
   */
  static Init kaimingUniform() {
    return (random, type, shape) -> {
      long fanIn = 1;
      for (int i = 1; i < shape.length; i++) {
        fanIn *= shape[i];
      }
      return uniform(1 / Math.sqrt(fanIn)).create(random, type, shape);
    };
  }

  private static Init fill(java.util.function.ToDoubleFunction<RandomGenerator> draw) {
    return (random, type, shape) -> {
      // Filled where it lies: copies of a whole backbone would stay until Java collects garbage.
      INDArray array = Nd4j.createUninitialized(type, shape);
      DataBuffer data = array.data();
      for (long i = 0; i < data.length(); i++) {
        data.put(i, draw.applyAsDouble(random));
      }
      return array;
    };
  }
}
