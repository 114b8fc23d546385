package io.peft4j.graph.plan.ir;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * One step of a plan.
 *
 * @param operation what is done
 * @param inputs arrays that are read
 * @param outputs arrays that are written
 * @param name the variable it is for, with {@code '} added where it is a gradient's
 */
public record Instruction(
    Operation operation, List<Value> inputs, List<Value> outputs, String name) {
  /** Copies the lists. */
  public Instruction {
    inputs = ImmutableList.copyOf(inputs);
    outputs = ImmutableList.copyOf(outputs);
  }

  /** The first input. */
  public Value input(int i) {
    return inputs.get(i);
  }

  /** The first output. */
  public Value output() {
    return outputs.get(0);
  }

  @Override
  public String toString() {
    return "%-28s %s <- %s   # %s".formatted(operation.label(), outputs, inputs, name);
  }
}
