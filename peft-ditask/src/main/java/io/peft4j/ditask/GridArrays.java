package io.peft4j.ditask;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Constant arrays that many sites have in common, made once for one adaptation. */
final class GridArrays {
  private final DataType type;
  private final Map<String, INDArray> arrays = new HashMap<>();

  GridArrays(DataType type) {
    this.type = type;
  }

  /** The array with this key; the key tells the value. */
  INDArray shared(String key, Supplier<double[][]> value) {
    return arrays.computeIfAbsent(key, k -> own(value));
  }

  /** An array that belongs to one site. */
  INDArray own(Supplier<double[][]> value) {
    return Nd4j.createFromArray(value.get()).castTo(type);
  }
}
