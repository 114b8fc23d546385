package io.peft4j.graph.ops;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/**
 * One operation in a graph as shape rules and restrictions see it.
 *
 * @param op the operation
 * @param inputs shapes of its inputs; {@link Dims#UNKNOWN} for sizes that depend on the batch
 * @param constants arrays of its inputs where they are constants, else null
 * @param outputs number of its outputs
 */
record OpCall(
    DifferentialFunction op, List<long[]> inputs, List<@Nullable INDArray> constants, int outputs) {

  /** Shape of an input. */
  long[] input(int i) {
    return inputs.get(i);
  }

  /**
   * Integer arguments: custom operations keep them in built, copied and loaded graphs alike, while
   * the Java fields of a loaded operation may be empty.
   */
  long[] integers() {
    return ((DynamicCustomOp) op).iArgs();
  }
}
