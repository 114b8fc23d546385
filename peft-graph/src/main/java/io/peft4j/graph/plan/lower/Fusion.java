package io.peft4j.graph.plan.lower;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.peft4j.graph.plan.ir.Operation;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Operations of a graph that one instruction computes.
 *
 * @param output the variable that is computed
 * @param inputs variables that are read
 * @param given those of them that the instruction's gradient leaves out
 * @param maker makes the instruction
 * @param inner operations that are not computed by themselves
 */
record Fusion(
    String output, List<String> inputs, Set<String> given, Maker maker, Set<String> inner) {
  /** Copies the collections. */
  Fusion {
    inputs = ImmutableList.copyOf(inputs);
    given = ImmutableSet.copyOf(given);
    inner = ImmutableSet.copyOf(inner);
  }

  /** Makes the instruction. */
  @FunctionalInterface
  interface Maker {
    /**
     * For the shapes of all inputs; empty if the instruction takes others, where the operations may
     * spread one over another.
     */
    Optional<Made> of(List<long[]> shapes);
  }

  /**
   * What is computed.
   *
   * @param shape of the first output
   * @param others outputs beside the first
   */
  record Made(Operation operation, long[] shape, List<Other> others) {}

  /**
   * An output.
   *
   * @param variable the variable that it is, if it is one
   */
  record Other(long[] shape, Optional<String> variable) {
    /** One that no variable stands for. */
    static Other hidden(long... shape) {
      return new Other(shape, Optional.empty());
    }
  }

  /**
   * True if the instruction is what the operations compute: nothing is spread, all is of one type,
   * and a gradient is asked of no input that it leaves out.
   */
  boolean holds(GraphView view) {
    DataType type = view.type(output);
    return type.isFPType()
        && inputs.stream().allMatch(i -> view.type(i) == type)
        && given.stream().noneMatch(view::isDifferentiated)
        && view.shapes(inputs)
            .flatMap(maker::of)
            .filter(made -> view.hasShape(output, made.shape()))
            .isPresent();
  }

  /** Length of the last axis. */
  static long width(long... shape) {
    return shape[shape.length - 1];
  }

  /** How many rows of the last axis there are. */
  static long rows(long... shape) {
    long rows = 1;
    for (int i = 0; i < shape.length - 1; i++) {
      rows *= shape[i];
    }
    return rows;
  }

  /** True for a matrix and vectors that are as long as its rows. */
  static boolean areRowsAndVectors(List<long[]> shapes) {
    long[] vector = {width(shapes.get(0))};
    return shapes.get(0).length == 2
        && shapes.stream().skip(1).allMatch(s -> Arrays.equals(s, vector));
  }
}
