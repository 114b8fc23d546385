package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Where the buffers of a plan lie. */
public interface Memory {
  /**
   * A strided value as an array over its memory; its scale is left to the kernel.
   *
   * @throws IllegalArgumentException if its layout has no strides
   */
  INDArray array(Value value);

  /** A buffer as one row {@code [elements]}. */
  INDArray flat(Root root);
}
