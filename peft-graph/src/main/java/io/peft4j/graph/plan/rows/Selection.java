package io.peft4j.graph.plan.rows;

import io.peft4j.graph.plan.ir.Indexed;
import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation.Move;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A matrix of which only some rows are read (the windows of a padded map, once the padding is cut
 * off) is computed for those rows alone: the rows are taken before the products instead of after
 * them.
 *
 * <p>It runs before sums are simplified, while every buffer is written once, or moved to and added
 * to.
 */
public final class Selection {
  /** In place of numbers of rows: all are read, or not all readers agree. */
  private static final int[] ALL = new int[0];

  private final Program program;
  private final List<Instruction> all;
  private final Matrices matrices;
  private final Set<Root> kept;
  private final Map<Root, int[]> wanted = new HashMap<>();
  private final Map<Root, Value> selected = new HashMap<>();
  private final Map<Value, Value> copies = new HashMap<>();
  private final List<Instruction> result = new ArrayList<>();

  private Selection(Program program, Set<Root> kept) {
    this.program = program;
    this.all = List.copyOf(program.instructions());
    this.matrices = new Matrices(all);
    this.kept = kept;
  }

  /**
   * Rewrites a program.
   *
   * @param kept buffers whose values are wanted at the end
   */
  public static void apply(Program program, Set<Root> kept) {
    Selection pass = new Selection(program, kept);
    for (int i = pass.all.size() - 1; i >= 0; i--) {
      pass.ask(pass.all.get(i));
    }
    if (pass.wanted.keySet().stream().anyMatch(pass::isSelected)) {
      pass.all.forEach(pass::rewrite);
      program.replace(pass.result);
    }
  }

  /** Notes what an instruction wants of its inputs; those who read its output came before. */
  private void ask(Instruction i) {
    boolean passesOn = i.outputs().size() == 1 && isSelected(i.output().root());
    for (int n = 0; n < i.inputs().size(); n++) {
      Value input = i.input(n);
      int[] rows = ALL;
      if (passesOn && n == 0 && matrices.isMatrix(input, i.output().shape()[0])) {
        rows = wanted.get(i.output().root());
      } else if (!passesOn && i.operation() instanceof Move) {
        rows = fewRows(input).orElse(ALL);
      }
      int[] others = wanted.putIfAbsent(input.root(), rows);
      if (others != null && !Arrays.equals(others, rows)) {
        wanted.put(input.root(), ALL);
      }
    }
  }

  /** The rows of a matrix that a value takes, if they are fewer than it has. */
  private Optional<int[]> fewRows(Value value) {
    Root root = value.root();
    if (!matrices.isMatrix(root)) {
      return Optional.empty();
    }
    long[] shape = matrices.shape(root);
    return value.layout().elements() < root.elements()
        ? value.layout().indexed().rows(shape[1])
        : Optional.empty();
  }

  /** True if all who read the buffer want the same rows, and it can be made by rows. */
  private boolean isSelected(Root root) {
    int[] rows = wanted.get(root);
    return rows != null
        && rows.length > 0
        && !kept.contains(root)
        && matrices.isMatrix(root)
        && matrices.writers(root).stream().allMatch(Selection::canBeCut);
  }

  private static boolean canBeCut(Instruction i) {
    return Matrices.isProductOfRows(i) || Matrices.isByRow(i) || Matrices.isMoveToWhole(i);
  }

  private void rewrite(Instruction i) {
    if (i.outputs().size() == 1 && isSelected(i.output().root())) {
      int[] rows = wanted.get(i.output().root());
      List<Value> inputs = new ArrayList<>(i.inputs());
      inputs.set(0, rowsOf(i, rows));
      Value output = selected.computeIfAbsent(i.output().root(), r -> fresh(r, rows));
      result.add(
          new Instruction(
              Matrices.ofRows(i.operation(), rows.length), inputs, List.of(output), i.name()));
    } else {
      List<Value> inputs =
          i.inputs().stream()
              .map(
                  v ->
                      selected.containsKey(v.root())
                          ? selected.get(v.root()).reshape(v.shape()).times(v.scale())
                          : v)
              .toList();
      result.add(new Instruction(i.operation(), inputs, i.outputs(), i.name()));
    }
  }

  /** The first input's rows: there already, or taken by a move, which may be the instruction. */
  private Value rowsOf(Instruction i, int[] rows) {
    Value input = i.input(0);
    if (selected.containsKey(input.root())) {
      return selected.get(input.root()).times(input.scale());
    }
    long width = input.layout().elements() / i.output().shape()[0];
    Value taken = input.pick(Indexed.ofRows(rows, width));
    if (i.operation() instanceof Move) {
      return taken;
    }
    return copies.computeIfAbsent(taken, this::copy);
  }

  private Value copy(Value rows) {
    String name = rows.root().name();
    Value copy = program.temporary(name, rows.type(), rows.shape());
    result.add(new Instruction(new Move(false), List.of(rows), List.of(copy), name));
    return copy;
  }

  private Value fresh(Root root, int[] rows) {
    return program.temporary(root.name(), root.type(), rows.length, matrices.shape(root)[1]);
  }
}
