package io.peft4j.graph.plan.lower;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Operation.MatMul;
import io.peft4j.graph.plan.ir.Operation.Move;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sums without needless passes over memory. {@link Lowering} writes {@code x + y} as a move of x to
 * a new buffer and an addition of y to it. Here
 *
 * <ul>
 *   <li>a matrix product that nothing else reads is added by the product itself (a low-rank branch
 *       beside its frozen layer);
 *   <li>a buffer that nothing else reads is added to where it is;
 *   <li>what remains becomes one elementwise addition;
 *   <li>a row (a bias) is added in place.
 * </ul>
 *
 * <p>It runs before gradients are made: none of these sums has a gradient that needs a value, and
 * what another operation's gradient reads is left alone.
 */
public final class Sums {
  private final Program program;
  private final Set<Root> kept;
  private final Map<Root, Integer> readers = new HashMap<>();
  private final Map<Root, Integer> product = new HashMap<>();
  private final Map<Root, Root> renamed = new HashMap<>();
  private final List<@Nullable Instruction> result = new ArrayList<>();

  private Sums(Program program, Set<Root> kept) {
    this.program = program;
    this.kept = kept;
  }

  /**
   * Rewrites a program.
   *
   * @param kept buffers whose values are wanted at the end
   * @return buffers that took the place of others, by the one they replace
   */
  public static Map<Root, Root> simplify(Program program, Set<Root> kept) {
    Sums pass = new Sums(program, new HashSet<>(kept));
    pass.run();
    return pass.renamed;
  }

  private void run() {
    List<Instruction> all = program.instructions();
    for (Instruction i : all) {
      i.inputs().forEach(v -> readers.merge(v.root(), 1, Integer::sum));
      if (i.operation().gradientReadsOutput()) {
        i.outputs().forEach(v -> kept.add(v.root()));
      }
    }
    for (int i = 0; i < all.size(); i++) {
      Instruction next = rename(all.get(i));
      boolean isSum =
          i + 1 < all.size()
              && next.operation() instanceof Move move
              && !move.accumulates()
              && next.output().isWhole()
              && all.get(i + 1).operation() instanceof Move second
              && second.accumulates()
              && all.get(i + 1).output().equals(next.output());
      if (isSum) {
        sum(next.input(0), rename(all.get(++i)).input(0), next);
      } else {
        add(biasInPlace(next));
      }
    }
    List<Instruction> left = new ArrayList<>();
    for (Instruction i : result) {
      if (i != null) {
        left.add(i);
      }
    }
    program.replace(left);
  }

  private void add(Instruction instruction) {
    if (instruction.operation() instanceof MatMul m
        && !m.accumulates()
        && instruction.output().isWhole()) {
      product.put(instruction.output().root(), result.size());
    }
    result.add(instruction);
  }

  private void sum(Value x, Value y, Instruction move) {
    Value out = move.output();
    Value base = x;
    Value other = y;
    if (!isProduct(other) && isProduct(base)) {
      base = y;
      other = x;
    }
    if (!isFree(base) && isFree(other) && !isProduct(other)) {
      Value first = base;
      base = other;
      other = first;
    }
    boolean byProduct = isProduct(other);
    if (isFree(base)) {
      replace(out.root(), base.root());
      out = Value.whole(base.root(), out.shape());
    } else if (!byProduct && base.isPlain() && other.isPlain()) {
      Operation add = new Operation.Binary(Operation.Pair.ADD, 1, base.layout().elements(), 1);
      result.add(new Instruction(add, List.of(base, other), List.of(out), move.name()));
      return;
    } else {
      result.add(new Instruction(new Move(false), List.of(base), List.of(out), move.name()));
    }
    if (byProduct) {
      accumulate(other, out, move.name());
    } else {
      result.add(new Instruction(new Move(true), List.of(other), List.of(out), move.name()));
    }
  }

  /** The product is computed later, when its sum is, and straight into it. */
  private void accumulate(Value term, Value out, String name) {
    int at = product.remove(term.root());
    Instruction old = Objects.requireNonNull(result.get(at));
    result.set(at, null);
    MatMul m = (MatMul) old.operation();
    MatMul sum = new MatMul(m.transposeA(), m.transposeB(), m.alpha() * term.scale(), true);
    Value place = out.reshape(old.output().shape());
    result.add(new Instruction(sum, old.inputs(), List.of(place), name));
  }

  /** A whole product that this sum alone reads. */
  private boolean isProduct(Value value) {
    return product.containsKey(value.root())
        && value.unscaled().isWhole()
        && readers.get(value.root()) == 1
        && !kept.contains(value.root());
  }

  /** A whole buffer of the arena that this sum alone reads. */
  private boolean isFree(Value value) {
    return value.isWhole()
        && value.root().kind() == Root.Kind.TEMPORARY
        && readers.getOrDefault(value.root(), 0) == 1
        && !kept.contains(value.root());
  }

  private Instruction biasInPlace(Instruction i) {
    boolean applies =
        i.operation() instanceof Operation.Binary b
            && b.pair() != Operation.Pair.MULTIPLY
            && i.input(0).root() != i.input(1).root()
            && isFree(i.input(0))
            && i.output().isWhole();
    if (!applies) {
      return i;
    }
    Root place = i.input(0).root();
    replace(i.output().root(), place);
    Value out = Value.whole(place, i.output().shape());
    return new Instruction(i.operation(), i.inputs(), List.of(out), i.name());
  }

  /** From here on {@code place} holds what {@code root} would have held. */
  private void replace(Root root, Root place) {
    renamed.put(root, place);
    readers.put(place, readers.getOrDefault(root, 0));
    product.remove(place);
    if (kept.contains(root)) {
      kept.add(place);
    }
  }

  private Instruction rename(Instruction i) {
    return new Instruction(
        i.operation(),
        i.inputs().stream().map(this::rename).toList(),
        i.outputs().stream().map(this::rename).toList(),
        i.name());
  }

  private Value rename(Value value) {
    return renamed(value, renamed);
  }

  /** The value in the buffer that took the place of its own. */
  public static Value renamed(Value value, Map<Root, Root> renamed) {
    Root root = value.root();
    while (renamed.containsKey(root)) {
      root = renamed.get(root);
    }
    return root == value.root() ? value : new Value(root, value.layout(), value.scale());
  }
}
