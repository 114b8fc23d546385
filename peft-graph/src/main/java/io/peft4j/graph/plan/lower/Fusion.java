package io.peft4j.graph.plan.lower;

import io.peft4j.graph.plan.ir.Operation;
import java.util.List;
import java.util.Set;

/**
 * Operations of a graph that one instruction computes.
 *
 * @param output the variable that is computed
 * @param inputs variables that are read
 * @param operation makes the instruction's operation from the number of rows and their width
 * @param inner operations that are not computed by themselves
 * @param outputs outputs of the instruction beside the first: vectors with an element a row
 */
record Fusion(String output, List<String> inputs, Maker operation, Set<String> inner, int outputs) {
  /** Makes the operation for a size. */
  @FunctionalInterface
  interface Maker {
    Operation of(long rows, long width);
  }
}
