package io.peft4j.graph.plan.backward;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Where gradients flow: from the loss to trainables, and nowhere else. */
final class Flow {
  private final Set<Root> dependent;
  private final Set<Root> leading;
  private final Set<Root> tiled = new HashSet<>();

  /**
   * Follows a program.
   *
   * @param trainables leaves whose gradients are wanted
   * @param loss the buffer that they are gradients of
   */
  Flow(List<Instruction> program, Collection<Root> trainables, Root loss) {
    dependent = dependent(program, trainables);
    leading = leading(program, loss);
    findTiled(program);
  }

  /** True if the loss changes with the buffer, and the buffer with a trainable. */
  boolean carries(Root root) {
    return dependent.contains(root) && leading.contains(root);
  }

  /**
   * True if those who read the buffer and pass a gradient back read parts of it that do not overlap
   * and leave nothing out (queries, keys and values in one buffer): each part of the gradient is
   * written once.
   */
  boolean isTiled(Root root) {
    return tiled.contains(root);
  }

  private static Set<Root> dependent(List<Instruction> program, Collection<Root> trainables) {
    Set<Root> dependent = new HashSet<>(trainables);
    for (Instruction i : program) {
      boolean passes =
          !(i.operation() instanceof Operation.Detach)
              && i.inputs().stream().anyMatch(v -> dependent.contains(v.root()));
      if (passes) {
        i.outputs().stream().filter(v -> v.type().isFPType()).forEach(v -> dependent.add(v.root()));
      }
    }
    return dependent;
  }

  private Set<Root> leading(List<Instruction> program, Root loss) {
    Set<Root> leading = new HashSet<>(Set.of(loss));
    for (int i = program.size() - 1; i >= 0; i--) {
      Instruction next = program.get(i);
      boolean leads =
          !(next.operation() instanceof Operation.Detach)
              && next.outputs().stream().anyMatch(v -> leading.contains(v.root()));
      if (leads) {
        next.inputs().stream()
            .filter(v -> dependent.contains(v.root()))
            .forEach(v -> leading.add(v.root()));
      }
    }
    return leading;
  }

  private void findTiled(List<Instruction> program) {
    Map<Root, List<Value>> parts = new HashMap<>();
    for (Instruction i : program) {
      boolean passes =
          !(i.operation() instanceof Operation.Detach)
              && i.outputs().stream().anyMatch(v -> carries(v.root()));
      if (passes) {
        i.inputs().stream()
            .filter(v -> carries(v.root()) && v.root().kind() == Root.Kind.TEMPORARY)
            // What is changed in place has no gradient of its own.
            .filter(v -> i.outputs().stream().noneMatch(o -> o.root() == v.root()))
            .forEach(v -> parts.computeIfAbsent(v.root(), r -> new ArrayList<>()).add(v));
      }
    }
    parts.forEach(
        (root, values) -> {
          if (values.size() > 1 && isTiling(root, values)) {
            tiled.add(root);
          }
        });
  }

  private static boolean isTiling(Root root, List<Value> parts) {
    long sum = parts.stream().mapToLong(v -> v.layout().elements()).sum();
    boolean strided = parts.stream().allMatch(v -> v.layout() instanceof Strided);
    if (sum != root.elements() || !strided) {
      return false;
    }
    BitSet covered = new BitSet(Math.toIntExact(root.elements()));
    for (Value part : parts) {
      var runs = part.layout().indexed();
      for (int start : runs.starts()) {
        covered.set(start, start + runs.unit());
      }
    }
    return covered.cardinality() == root.elements();
  }
}
