package io.peft4j.graph.plan.kernel;

import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Arrays that kernels use while they run, shared by all kernels of a provider: instructions run one
 * after another. Constants as well.
 */
final class Scratch {
  private record Key(DataType type, long elements, int slot) {}

  private final Map<Key, INDArray> arrays = new HashMap<>();
  private final Map<Key, INDArray> ones = new HashMap<>();

  /**
   * An array with any content.
   *
   * @param slot distinguishes arrays that one kernel uses at the same time
   */
  INDArray array(int slot, DataType type, long... shape) {
    long elements = elements(shape);
    INDArray flat =
        arrays.computeIfAbsent(
            new Key(type, elements, slot), k -> Nd4j.createUninitialized(type, elements));
    return shaped(flat, shape);
  }

  /** An array of ones. */
  INDArray ones(DataType type, long... shape) {
    long elements = elements(shape);
    INDArray flat =
        ones.computeIfAbsent(new Key(type, elements, 0), k -> Nd4j.ones(type, elements));
    return shaped(flat, shape);
  }

  /** A number as an array without axes. */
  static INDArray number(DataType type, double value) {
    return Nd4j.scalar(type, value);
  }

  private static INDArray shaped(INDArray flat, long... shape) {
    return Nd4j.create(flat.data(), shape, Nd4j.getStrides(shape, 'c'), 0, 'c');
  }

  private static long elements(long[] shape) {
    long elements = 1;
    for (long size : shape) {
      elements *= size;
    }
    return elements;
  }
}
