package io.peft4j.graph.plan.rows;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Operation.Binary;
import io.peft4j.graph.plan.ir.Operation.MatMul;
import io.peft4j.graph.plan.ir.Operation.Move;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which buffers are matrices, and which instructions make one row after the other. */
final class Matrices {
  private final Map<Root, List<Instruction>> writers = new HashMap<>();

  Matrices(List<Instruction> program) {
    for (Instruction i : program) {
      i.outputs().stream()
          .map(Value::root)
          .distinct()
          .forEach(r -> writers.computeIfAbsent(r, k -> new ArrayList<>()).add(i));
    }
  }

  /** Instructions that write to a buffer, in order; none to those that come from outside. */
  List<Instruction> writers(Root root) {
    return writers.getOrDefault(root, List.of());
  }

  /** True if a buffer was written as one matrix, by all who wrote to it. */
  boolean isMatrix(Root root) {
    List<Instruction> all = writers(root);
    return !all.isEmpty()
        && all.get(0).output().shape().length == 2
        && all.stream()
            .map(Instruction::output)
            .allMatch(v -> v.isWhole() && Arrays.equals(v.shape(), shape(root)));
  }

  /** True if the value is all of such a matrix, scaled or not, of so many rows. */
  boolean isMatrix(Value value, long rows) {
    return isMatrix(value.root()) && shape(value.root())[0] == rows && value.unscaled().isWhole();
  }

  /** Sizes of a buffer that {@link #isMatrix}. */
  long[] shape(Root root) {
    return writers(root).get(0).output().shape();
  }

  /** {@code c = a·op(b)} with all of a matrix a: one row of c for each of a. */
  static boolean isProductOfRows(Instruction i) {
    return i.operation() instanceof MatMul m
        && !m.transposeA()
        && !m.accumulates()
        && i.output().shape().length == 2
        && i.output().isWhole()
        && i.input(0).isWhole();
  }

  /** A vector that is combined with every row of a matrix. */
  static boolean isByRow(Instruction i) {
    return i.operation() instanceof Binary b
        && b.inner() == 1
        && i.output().shape().length == 2
        && i.output().isWhole()
        && i.input(0).isWhole()
        && b.outer() == i.output().shape()[0]
        && i.input(0).root() != i.input(1).root();
  }

  /** A move to, or an addition to, all of a matrix. */
  static boolean isMoveToWhole(Instruction i) {
    return i.operation() instanceof Move && i.output().shape().length == 2 && i.output().isWhole();
  }

  /** The same row-wise instruction on another number of rows. */
  static Operation ofRows(Operation operation, long rows) {
    return operation instanceof Binary b
        ? new Binary(b.pair(), rows, b.middle(), b.inner())
        : operation;
  }
}
