package io.peft4j.graph.plan.memory;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Forgets values of the forward pass and computes them again where the backward pass reads them.
 * The same instructions on the same values give the same bits.
 */
public final class Recomputation {
  private final Program program;
  private final List<Instruction> forward;
  private final List<Instruction> backward;
  private final Map<Root, List<Instruction>> writers = new HashMap<>();

  private Recomputation(Program program, int boundary) {
    this.program = program;
    List<Instruction> all = List.copyOf(program.instructions());
    this.forward = all.subList(0, boundary);
    this.backward = all.subList(boundary, all.size());
    for (Instruction i : forward) {
      i.outputs().stream()
          .map(Value::root)
          .distinct()
          .forEach(r -> writers.computeIfAbsent(r, k -> new ArrayList<>()).add(i));
    }
  }

  /**
   * Computes again what costs little: GELU, norms, sums, products by element and moves whose inputs
   * the backward pass needs anyway.
   *
   * @param boundary number of forward instructions
   */
  public static void ofCheapValues(Program program, int boundary) {
    Recomputation pass = new Recomputation(program, boundary);
    pass.run(pass.cheap());
  }

  /**
   * Computes again everything before the last checkpoint (Chen et al. 2016, Training deep nets with
   * sublinear memory cost), segment by segment.
   *
   * @param boundary number of forward instructions
   * @param checkpoints buffers that are kept, such as the outputs of blocks
   */
  public static void betweenCheckpoints(Program program, int boundary, Set<Root> checkpoints) {
    Recomputation pass = new Recomputation(program, boundary);
    pass.run(pass.before(checkpoints));
  }

  private Set<Root> before(Set<Root> checkpoints) {
    int last = -1;
    for (int i = 0; i < forward.size(); i++) {
      boolean writes =
          forward.get(i).outputs().stream().anyMatch(v -> checkpoints.contains(v.root()));
      last = writes ? i : last;
    }
    Set<Root> forgotten = new HashSet<>();
    for (Instruction i : forward.subList(0, last + 1)) {
      i.outputs().stream()
          .map(Value::root)
          .filter(r -> !checkpoints.contains(r))
          .forEach(forgotten::add);
    }
    return forgotten;
  }

  private Set<Root> cheap() {
    Set<Root> needed = new HashSet<>();
    backward.forEach(i -> i.inputs().forEach(v -> needed.add(v.root())));
    Set<Root> cheap = new HashSet<>();
    for (Instruction i : forward) {
      Root root = i.output().root();
      Operation o = i.operation();
      boolean simple =
          o instanceof Operation.Gelu
              || o instanceof Operation.LayerNorm
              || o instanceof Operation.Binary
              || o instanceof Operation.Move m && !m.accumulates();
      boolean applies =
          simple
              && writers.get(root).size() == 1
              && i.inputs().stream()
                  .map(Value::root)
                  .allMatch(
                      r ->
                          r.kind() != Root.Kind.TEMPORARY
                              || cheap.contains(r)
                              || needed.contains(r));
      if (applies) {
        cheap.add(root);
      }
    }
    return cheap;
  }

  private void run(Set<Root> forgotten) {
    List<Instruction> result = new ArrayList<>(forward);
    Map<Root, Root> again = new HashMap<>();
    for (Instruction i : backward) {
      for (Value input : i.inputs()) {
        recompute(input.root(), forgotten, again, result);
      }
      result.add(new Instruction(i.operation(), renamed(i.inputs(), again), i.outputs(), i.name()));
    }
    program.replace(result);
  }

  /** Adds what computes a forgotten buffer, in an order without recursion: networks are deep. */
  private void recompute(
      Root root, Set<Root> forgotten, Map<Root, Root> again, List<Instruction> result) {
    Set<Instruction> wanted = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Root> open = new ArrayList<>(List.of(root));
    while (!open.isEmpty()) {
      Root next = open.remove(open.size() - 1);
      if (!forgotten.contains(next) || again.containsKey(next)) {
        continue;
      }
      for (Instruction writer : writers.get(next)) {
        if (wanted.add(writer)) {
          writer.inputs().forEach(v -> open.add(v.root()));
          writer.outputs().forEach(v -> open.add(v.root()));
        }
      }
    }
    if (wanted.isEmpty()) {
      return;
    }
    for (Instruction i : forward) {
      if (wanted.contains(i)) {
        i.outputs().forEach(v -> again.computeIfAbsent(v.root(), this::copy));
        result.add(
            new Instruction(
                i.operation(), renamed(i.inputs(), again), renamed(i.outputs(), again), i.name()));
      }
    }
  }

  private Root copy(Root root) {
    return program.temporary(root.name(), root.type(), root.elements()).root();
  }

  private static List<Value> renamed(List<Value> values, Map<Root, Root> again) {
    return values.stream()
        .map(v -> new Value(again.getOrDefault(v.root(), v.root()), v.layout(), v.scale()))
        .toList();
  }
}
