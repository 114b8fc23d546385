package io.peft4j.graph.plan.backward;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;

/**
 * The vector-Jacobian product of one kind of instruction.
 *
 * @param <O> the operation
 */
@FunctionalInterface
interface VjpRule<O extends Operation> {
  /**
   * Adds instructions that give each input that needs one its gradient, from those of the outputs.
   */
  void apply(O operation, Instruction instruction, Gradients gradients);
}
