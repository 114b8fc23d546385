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
import java.util.stream.Collectors;

/**
 * Forgets values of the forward pass and computes them again where the backward pass reads them.
 * The same instructions on the same values give the same bits.
 */
public final class Recomputation {
  /** Inner size up to which a matrix product costs little: that of a low-rank branch. */
  private static final long LOW_RANK = 64;

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
   * Computes again what costs little (GELU, norms, sums, products by element, products of low rank,
   * moves) from what the backward pass needs anyway, or from what several such values share.
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
    Set<Root> kept = new HashSet<>();
    backward.forEach(i -> i.inputs().forEach(v -> kept.add(v.root())));
    // To keep one more value pays if two or more of its size can then be forgotten.
    Map<Root, Long> blocked = new HashMap<>();
    for (Root root : simple()) {
      Set<Root> missing = missing(root, kept, Set.of());
      if (kept.contains(root) && missing.size() == 1) {
        blocked.merge(missing.iterator().next(), root.elements(), Long::sum);
      }
    }
    blocked.forEach(
        (root, elements) -> {
          if (elements >= 2 * root.elements()) {
            kept.add(root);
          }
        });
    Set<Root> cheap = new HashSet<>();
    for (Root root : simple()) {
      if (missing(root, kept, cheap).isEmpty()) {
        cheap.add(root);
      }
    }
    return cheap;
  }

  /** Buffers that cheap instructions alone write to, in the order in which they are ready. */
  private List<Root> simple() {
    Map<Root, Integer> left = new HashMap<>();
    writers.forEach((root, all) -> left.put(root, all.size()));
    List<Root> simple = new ArrayList<>();
    for (Instruction i : forward) {
      Root root = i.output().root();
      boolean last = left.merge(root, -1, Integer::sum) == 0;
      if (last && writers.get(root).stream().allMatch(Recomputation::isCheap)) {
        simple.add(root);
      }
    }
    return simple;
  }

  private static boolean isCheap(Instruction i) {
    Operation o = i.operation();
    return o instanceof Operation.Gelu
        || o instanceof Operation.LayerNorm
        || o instanceof Operation.Binary
        || o instanceof Operation.Move
        || o instanceof Operation.MatMul m && inner(m, i) <= LOW_RANK;
  }

  private static long inner(Operation.MatMul m, Instruction i) {
    long[] a = i.input(0).shape();
    return a[m.transposeA() ? a.length - 2 : a.length - 1];
  }

  /** What computing a buffer again would read that is neither kept nor cheap itself. */
  private Set<Root> missing(Root root, Set<Root> kept, Set<Root> cheap) {
    return writers.get(root).stream()
        .flatMap(i -> i.inputs().stream())
        .map(Value::root)
        .filter(r -> r.kind() == Root.Kind.TEMPORARY && r != root)
        .filter(r -> !kept.contains(r) && !cheap.contains(r))
        .collect(Collectors.toSet());
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
