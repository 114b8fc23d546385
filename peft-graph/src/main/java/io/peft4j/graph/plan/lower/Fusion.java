package io.peft4j.graph.plan.lower;

import io.peft4j.graph.plan.ir.Operation;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Operations of a graph that one instruction computes.
 *
 * @param output the variable that is computed
 * @param inputs variables that are read, the rows first
 * @param operation makes the instruction's operation from the number of rows and their width
 * @param inner operations that are not computed by themselves
 * @param others outputs of the instruction beside the first
 */
record Fusion(
    String output, List<String> inputs, Maker operation, Set<String> inner, List<Other> others) {
  /** Makes the operation for a size. */
  @FunctionalInterface
  interface Maker {
    Operation of(long rows, long width);
  }

  /** What a vector has an element for. */
  enum Each {
    ROW,
    COLUMN
  }

  /**
   * A vector.
   *
   * @param variable the variable that it is, if it is one
   */
  record Other(Each each, Optional<String> variable) {
    /** One that no variable stands for. */
    static Other hidden(Each each) {
      return new Other(each, Optional.empty());
    }
  }
}
