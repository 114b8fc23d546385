package io.peft4j.graph.plan.lower;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.peft4j.graph.plan.ir.Operation;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Operations of a graph that one instruction computes.
 *
 * @param output the variable that is computed
 * @param inputs variables that are read
 * @param maker makes the instruction once sizes are known
 * @param inner operations that are not computed by themselves
 */
record Fusion(String output, List<String> inputs, Maker maker, Set<String> inner) {
  /** Copies the collections. */
  Fusion {
    inputs = ImmutableList.copyOf(inputs);
    inner = ImmutableSet.copyOf(inner);
  }

  /** Makes the instruction. */
  @FunctionalInterface
  interface Maker {
    /** For the shape of the first input. */
    Made of(long... shape);
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
}
