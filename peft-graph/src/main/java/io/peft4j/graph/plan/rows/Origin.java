package io.peft4j.graph.plan.rows;

import io.peft4j.graph.plan.ir.Indexed;
import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation.Fill;
import io.peft4j.graph.plan.ir.Operation.Move;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Where the rows of a buffer come from that moves have filled.
 *
 * @param source a buffer
 * @param columns of both
 * @param rows for each row, which of the source it is; {@link #ZERO} if it is zero
 */
record Origin(Root source, long columns, int[] rows) {
  /** In place of a number: a row that padding has added. */
  static final int ZERO = -1;

  /** Origins of buffers that have rows of zeros, and of those that are filled from such. */
  static Map<Root, Origin> in(List<Instruction> program, Matrices matrices) {
    Map<Root, Origin> origins = new HashMap<>();
    for (Instruction i : program) {
      Optional<Origin> found =
          i.operation() instanceof Move ? of(i, matrices, origins) : Optional.empty();
      found.ifPresent(o -> origins.put(i.output().root(), o));
    }
    return origins;
  }

  private static Optional<Origin> of(Instruction move, Matrices matrices, Map<Root, Origin> known) {
    Value from = move.input(0);
    Value to = move.output();
    List<Instruction> writers = matrices.writers(to.root());
    boolean alone = writers.size() == 1 && to.isWhole() && known.containsKey(from.root());
    boolean onZeros =
        writers.size() == 2
            && writers.get(0).operation() instanceof Fill f
            && f.value() == 0
            && writers.get(0).output().isWhole();
    long[] shape = to.shape();
    boolean fills = (alone || onZeros) && !move.operation().accumulates() && shape.length > 0;
    if (!fills || from.scale() != 1) {
      return Optional.empty();
    }
    long columns = shape[shape.length - 1];
    Origin base = known.getOrDefault(from.root(), identity(from.root(), columns));
    Optional<int[]> read = from.layout().indexed().rows(columns);
    Optional<int[]> written = to.layout().indexed().rows(columns);
    if (base.columns != columns || read.isEmpty() || written.isEmpty()) {
      return Optional.empty();
    }
    int[] rows = new int[Math.toIntExact(to.root().elements() / columns)];
    Arrays.fill(rows, ZERO);
    for (int i = 0; i < written.get().length; i++) {
      rows[written.get()[i]] = base.rows[read.get()[i]];
    }
    return Optional.of(new Origin(base.source, columns, rows));
  }

  private static Origin identity(Root root, long columns) {
    return new Origin(
        root, columns, IntStream.range(0, Math.toIntExact(root.elements() / columns)).toArray());
  }

  /** The source as a matrix. */
  Value matrix() {
    return Value.whole(source, source.elements() / columns, columns);
  }

  /** True if there are more rows than the source has. */
  boolean isPadded() {
    return rows.length > source.elements() / columns;
  }

  /** Of a matrix with this one's rows, those that are not padding. */
  Indexed places(long width) {
    return Indexed.ofRows(
        IntStream.range(0, rows.length).filter(i -> rows[i] != ZERO).toArray(), width);
  }

  /** For each of the {@link #places}, the source's row. */
  Indexed picks(long width) {
    return Indexed.ofRows(Arrays.stream(rows).filter(r -> r != ZERO).toArray(), width);
  }
}
