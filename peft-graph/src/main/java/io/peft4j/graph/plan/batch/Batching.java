package io.peft4j.graph.plan.batch;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation.MatMul;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Streams of tasks multiply their own rows by the same frozen weight, forward and backward. Where
 * rows are few, most of a product's time goes into packing the weight: the rows of all streams are
 * put one behind the other and multiplied at once. With many rows there is nothing to gain, and
 * streams that run in step need more memory.
 */
public final class Batching {
  /** More rows than this pay for the packing by themselves. */
  private static final long FEW_ROWS = 1024;

  private final Set<Root> kept;
  private final Slabs slabs;

  /** What products have in common that can be computed as one. */
  private record Key(MatMul product, Value factor, long rows) {}

  private Batching(Program program, Set<Root> kept) {
    this.kept = kept;
    this.slabs = new Slabs(program);
  }

  /**
   * What became of a program.
   *
   * @param boundary number of forward instructions
   */
  public record Result(int boundary, Slabs slabs) {
    /** The buffer that holds what this one was to hold. */
    public Root root(Root root) {
      return slabs.root(root);
    }
  }

  /**
   * Rewrites a program.
   *
   * @param boundary number of forward instructions
   * @param kept buffers that stay as they are: those read from outside
   */
  public static Result apply(Program program, int boundary, Set<Root> kept) {
    Batching pass = new Batching(program, kept);
    List<Instruction> all = program.instructions();
    List<Instruction> forward = pass.batched(all.subList(0, boundary));
    List<Instruction> backward = pass.batched(all.subList(boundary, all.size()));
    List<Instruction> result = new ArrayList<>(forward);
    result.addAll(backward);
    program.replace(result.stream().map(pass.slabs::moved).toList());
    return new Result(forward.size(), pass.slabs);
  }

  private List<Instruction> batched(List<Instruction> part) {
    Map<Key, List<Integer>> byKey = new LinkedHashMap<>();
    for (int i = 0; i < part.size(); i++) {
      Instruction next = part.get(i);
      if (next.operation() instanceof MatMul m && qualifies(m, next)) {
        Key key = new Key(m, next.input(1), next.output().shape()[0]);
        byKey.computeIfAbsent(key, k -> new ArrayList<>()).add(i);
      }
    }
    List<List<Integer>> groups = byKey.values().stream().filter(g -> g.size() > 1).toList();
    if (groups.isEmpty()) {
      return List.copyOf(part);
    }
    List<Instruction> result = new ArrayList<>();
    for (List<Instruction> unit : Schedule.of(part, groups)) {
      result.addAll(unit.size() == 1 ? unit : together(unit));
    }
    return result;
  }

  private boolean qualifies(MatMul m, Instruction i) {
    long[] shape = i.output().shape();
    return !m.transposeA()
        && shape.length == 2
        && shape[0] <= FEW_ROWS
        && isMovable(i.input(0))
        && isMovable(i.output());
  }

  private boolean isMovable(Value value) {
    return value.isWhole()
        && value.root().kind() == Root.Kind.TEMPORARY
        && !kept.contains(value.root());
  }

  private List<Instruction> together(List<Instruction> unit) {
    List<Instruction> sorted =
        unit.stream()
            .sorted(
                Comparator.comparingLong((Instruction i) -> slabs.offset(i.input(0).root()))
                    .thenComparingLong(i -> slabs.offset(i.output().root())))
            .toList();
    List<Value> rows = sorted.stream().map(i -> i.input(0)).toList();
    List<Value> products = sorted.stream().map(Instruction::output).toList();
    if (!slabs.canJoin(rows) || !slabs.canJoin(products)) {
      return unit;
    }
    Instruction first = sorted.get(0);
    return List.of(
        new Instruction(
            first.operation(),
            List.of(slabs.join(rows), first.input(1)),
            List.of(slabs.join(products)),
            first.name() + " and " + (unit.size() - 1) + " more"));
  }
}
