package io.peft4j.graph.plan.rows;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Operation.Binary;
import io.peft4j.graph.plan.ir.Operation.Move;
import io.peft4j.graph.plan.ir.Operation.Pair;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A matrix padded with rows of zeros (a map whose sides windows do not divide) is multiplied before
 * it is padded: products of zeros, their sums and multiples are zeros, and what is added to every
 * row is added once the rows are there.
 *
 * <p>It runs before sums are simplified, while every buffer is written once, or moved to and added
 * to.
 */
public final class Padding {
  /** Multiply-accumulates, forward and back, in the time that padding an element takes. */
  private static final long PER_ELEMENT = 16;

  private final Program program;
  private final Set<Root> kept;
  private final Map<Root, Unpadded> unpadded = new HashMap<>();
  private final Set<Root> there;
  private final Map<Root, Long> gains = new HashMap<>();
  private final List<Instruction> result = new ArrayList<>();

  /**
   * A padded matrix before it is padded.
   *
   * @param padded the matrix whose padding it lacks
   * @param origin of the rows
   * @param rows the matrix without the padding
   * @param offset is added to every row, of the padding too
   */
  private record Unpadded(Root padded, Origin origin, Value rows, Optional<Value> offset) {
    Unpadded with(Value others) {
      return new Unpadded(padded, origin, others, offset);
    }

    /** True if an instruction takes the same elements for a row: its matrix is not reshaped. */
    boolean hasRowsOf(Instruction i) {
      return i.output().shape()[0] == origin.rows().length;
    }
  }

  private Padding(Program program, Set<Root> kept, Map<Root, Origin> matrices) {
    this.program = program;
    this.kept = kept;
    matrices.forEach((r, o) -> unpadded.put(r, new Unpadded(r, o, o.matrix(), Optional.empty())));
    this.there = new HashSet<>(matrices.keySet());
  }

  /**
   * Rewrites a program.
   *
   * @param kept buffers whose values are wanted at the end
   */
  public static void apply(Program program, Set<Root> kept) {
    List<Instruction> all = program.instructions();
    Map<Root, Origin> origins = Origin.in(all, new Matrices(all));
    origins.values().removeIf(o -> !o.isPadded());
    if (origins.isEmpty()) {
      return;
    }
    Padding trial = new Padding(program, kept, origins);
    trial.run(all);
    origins.keySet().removeIf(r -> trial.gains.getOrDefault(r, 0L) <= 0);
    if (!origins.isEmpty()) {
      Padding pass = new Padding(program, kept, origins);
      pass.run(all);
      program.replace(live(pass.result, kept));
    }
  }

  private void run(List<Instruction> all) {
    for (int at = 0; at < all.size(); at++) {
      Instruction next = all.get(at);
      boolean isSum = at + 1 < all.size() && isSum(next, all.get(at + 1));
      if (isSum && sum(next, all.get(at + 1))) {
        at++;
      } else if (isSum || !product(next) && !byRow(next)) {
        next.inputs().forEach(v -> pad(v.root()));
        result.add(next);
      }
      next.outputs().stream().map(Value::root).filter(kept::contains).forEach(this::pad);
    }
  }

  private boolean product(Instruction i) {
    if (!Matrices.isProductOfRows(i) || unpadded.containsKey(i.input(1).root())) {
      return false;
    }
    Unpadded x = unpadded.get(i.input(0).root());
    if (x == null || x.offset.isPresent() || !x.hasRowsOf(i)) {
      return false;
    }
    Value y = compute(i, x.rows, i.input(1));
    unpadded.put(i.output().root(), x.with(y));
    long saved = i.output().shape()[0] - y.shape()[0];
    gain(x.padded, saved * y.shape()[1] * x.rows.shape()[1]);
    return true;
  }

  private boolean byRow(Instruction i) {
    if (!Matrices.isByRow(i) || unpadded.containsKey(i.input(1).root())) {
      return false;
    }
    Unpadded x = unpadded.get(i.input(0).root());
    if (x == null || x.offset.isPresent() || !x.hasRowsOf(i)) {
      return false;
    }
    Pair pair = ((Binary) i.operation()).pair();
    Root out = i.output().root();
    if (pair == Pair.ADD) {
      unpadded.put(out, new Unpadded(x.padded, x.origin, x.rows, Optional.of(i.input(1))));
    } else if (pair == Pair.MULTIPLY) {
      unpadded.put(out, x.with(compute(i, x.rows, i.input(1))));
    }
    return pair != Pair.SUBTRACT;
  }

  private static boolean isSum(Instruction first, Instruction second) {
    return Matrices.isMoveToWhole(first)
        && !first.operation().accumulates()
        && Matrices.isMoveToWhole(second)
        && second.operation().accumulates()
        && first.output().root() == second.output().root();
  }

  private boolean sum(Instruction first, Instruction second) {
    Value x = first.input(0);
    Value y = second.input(0);
    Unpadded a = unpadded.get(x.root());
    Unpadded b = unpadded.get(y.root());
    boolean isOfRows =
        a != null
            && b != null
            && a.padded == b.padded
            && a.hasRowsOf(first)
            && x.unscaled().isWhole()
            && y.unscaled().isWhole()
            && (a.offset.isEmpty() || b.offset.isEmpty() && x.scale() == 1)
            && (b.offset.isEmpty() || y.scale() == 1);
    if (!isOfRows) {
      return false;
    }
    Value sum = compute(first, a.rows.times(x.scale()));
    result.add(
        new Instruction(
            new Move(true), List.of(b.rows.times(y.scale())), List.of(sum), second.name()));
    Optional<Value> offset = a.offset.or(() -> b.offset);
    unpadded.put(first.output().root(), new Unpadded(a.padded, a.origin, sum, offset));
    return true;
  }

  /** The same instruction on rows without padding. */
  private Value compute(Instruction i, Value rows, Value... others) {
    Value old = i.output();
    long height = rows.shape()[0];
    Value output = program.temporary(i.name(), old.type(), height, old.shape()[1]);
    List<Value> inputs = Stream.concat(Stream.of(rows), Stream.of(others)).toList();
    Operation operation = Matrices.ofRows(i.operation(), height);
    result.add(new Instruction(operation, inputs, List.of(output), i.name()));
    return output;
  }

  /** Somebody reads a buffer as it is. */
  private void pad(Root root) {
    Unpadded x = unpadded.get(root);
    if (x == null || !there.add(root)) {
      return;
    }
    Value rows = x.rows;
    long width = rows.shape()[1];
    long height = x.origin.rows().length;
    boolean isOffset = x.offset.isPresent();
    Value whole = Value.whole(root, height, width);
    Value padded = isOffset ? program.temporary(root.name(), root.type(), whole.shape()) : whole;
    gain(x.padded, -PER_ELEMENT * height * width);
    add(root, new Operation.Fill(0), List.of(), padded);
    Value places = padded.with(x.origin.places(width));
    add(root, new Move(false), List.of(rows.pick(x.origin.picks(width))), places);
    if (isOffset) {
      Operation sum = new Binary(Pair.ADD, height, width, 1);
      add(root, sum, List.of(padded, x.offset.get()), whole);
    }
  }

  private void add(Root root, Operation operation, List<Value> inputs, Value output) {
    result.add(new Instruction(operation, inputs, List.of(output), root.name()));
  }

  private void gain(Root padded, long products) {
    gains.merge(padded, products, Long::sum);
  }

  /** Without what nobody reads any more. */
  private static List<Instruction> live(List<Instruction> all, Set<Root> kept) {
    Set<Root> read = new HashSet<>(kept);
    List<Instruction> live = new ArrayList<>();
    for (int at = all.size() - 1; at >= 0; at--) {
      Instruction i = all.get(at);
      if (i.outputs().stream().anyMatch(v -> read.contains(v.root()))) {
        i.inputs().forEach(v -> read.add(v.root()));
        live.add(i);
      }
    }
    Collections.reverse(live);
    return live;
  }
}
