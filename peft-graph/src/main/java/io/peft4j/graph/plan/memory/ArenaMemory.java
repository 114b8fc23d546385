package io.peft4j.graph.plan.memory;

import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import io.peft4j.graph.plan.kernel.Memory;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Arrays over an arena, and the graph's own. */
public final class ArenaMemory implements Memory {
  private final Arena arena;
  private final Allocation allocation;

  /** Arrays for an allocation; the arena must have room for it. */
  public ArenaMemory(Arena arena, Allocation allocation) {
    this.arena = arena;
    this.allocation = allocation;
  }

  @Override
  public INDArray array(Value value) {
    if (!(value.layout() instanceof Strided s)) {
      throw new IllegalArgumentException(value + " has no strides");
    }
    Root root = value.root();
    long[] shape = s.shape();
    if (root.kind() != Root.Kind.LEAF) {
      long at = allocation.offset(root) + s.offset();
      return Nd4j.create(arena.buffer(root.type()), shape, s.stride(), at, 'c');
    }
    INDArray array = root.array();
    boolean same = Arrays.equals(array.shape(), shape) && Arrays.equals(array.stride(), s.stride());
    return same && s.offset() == 0
        ? array
        : Nd4j.create(array.data(), shape, s.stride(), s.offset(), 'c');
  }

  @Override
  public INDArray flat(Root root) {
    return array(Value.whole(root, root.elements()));
  }
}
