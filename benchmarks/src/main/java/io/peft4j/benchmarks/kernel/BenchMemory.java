package io.peft4j.benchmarks.kernel;

import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import io.peft4j.graph.plan.kernel.Memory;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Memory in which every buffer is an array of its own, filled with random numbers. */
final class BenchMemory implements Memory {
  private final Map<Root, INDArray> arrays = new HashMap<>();

  @Override
  public INDArray flat(Root root) {
    return arrays.computeIfAbsent(root, r -> Nd4j.rand(new long[] {r.elements()}).castTo(r.type()));
  }

  @Override
  public INDArray array(Value value) {
    if (!(value.layout() instanceof Strided s)) {
      throw new IllegalArgumentException(value + " has no strides");
    }
    return Nd4j.create(flat(value.root()).data(), s.shape(), s.stride(), s.offset(), 'c');
  }
}
