package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import java.util.Optional;

/** A set of kernels for one kind of machine. */
public interface KernelProvider {
  /** The kernel of an instruction, or nothing if this provider leaves it to the next. */
  Optional<Kernel> kernel(Instruction instruction, Memory memory);

  /** True if it has kernels for regions of FLOAT, so that these may be formed. */
  default boolean takesRegions() {
    return false;
  }
}
