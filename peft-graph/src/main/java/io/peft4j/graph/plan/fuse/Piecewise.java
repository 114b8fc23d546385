package io.peft4j.graph.plan.fuse;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A region while it grows. Instructions join if they go through arrays of one size from start to
 * end, sum the same columns, and read nothing that is complete only at the end.
 */
final class Piecewise {
  private static final long UNKNOWN = 0;

  /** Longer rows make pieces that fit no cache. */
  static final long WIDE = 4096;

  /** Pieces of more arrays fit no first-level cache. */
  private static final long MOST_ARRAYS = 10;

  private final List<Instruction> parts = new ArrayList<>();
  private final Map<Root, Access> accesses = new HashMap<>();
  private long elements;
  private long width = UNKNOWN;

  /**
   * How a buffer is used.
   *
   * @param from where the array starts in it
   * @param whole true if each piece is used with the same piece of the others; else it is a vector
   * @param written whether it is written to
   */
  private record Access(long from, boolean whole, boolean written) {
    boolean agrees(Access other) {
      boolean read = !written && !other.written;
      return read || whole && other.whole && from == other.from;
    }
  }

  /** Takes an instruction, if it can. */
  boolean take(Instruction i) {
    long size = elements(i);
    long columns = width(i);
    boolean fits =
        size > 0
            && (parts.isEmpty() || size == elements)
            && (width == UNKNOWN || columns == UNKNOWN || columns == width)
            && i.inputs().stream().allMatch(v -> isPlain(v, i.operation()))
            && i.outputs().stream().allMatch(v -> isPlain(v, i.operation()));
    if (!fits) {
      return false;
    }
    Map<Root, Access> joined = new HashMap<>(accesses);
    for (int at = 0; at < i.inputs().size(); at++) {
      if (!add(joined, i.input(at), isVector(i, at), false)) {
        return false;
      }
    }
    boolean sum = i.operation() instanceof Operation.Sum;
    if (!add(joined, i.output(), sum, true) || arrays(joined) > MOST_ARRAYS) {
      return false;
    }
    parts.add(i);
    accesses.putAll(joined);
    elements = size;
    width = Math.max(width, columns);
    return true;
  }

  private static long arrays(Map<Root, Access> all) {
    return all.values().stream().filter(Access::whole).count();
  }

  private static boolean add(Map<Root, Access> all, Value value, boolean vector, boolean written) {
    long from = ((Strided) value.layout()).offset();
    Access access = new Access(from, !vector, written);
    Access before = all.get(value.root());
    if (before != null && !before.agrees(access)) {
      return false;
    }
    // What is read in two ways must not be written to later.
    boolean whole = !vector && (before == null || before.whole && before.from == from);
    all.put(value.root(), new Access(from, whole, written || before != null && before.written));
    return true;
  }

  /** The second operand of a row by row or column by column operation; factors of a product. */
  private static boolean isVector(Instruction i, int input) {
    boolean spread =
        i.operation() instanceof Operation.Binary b && (b.outer() != 1 || b.inner() != 1);
    return spread && input == 1 || i.operation() instanceof Operation.MatMul;
  }

  private static boolean isPlain(Value value, Operation operation) {
    boolean scaled = operation instanceof Operation.Move;
    return value.type() == DataType.FLOAT && (scaled ? value.unscaled() : value).isPlain();
  }

  /** Elements of the arrays that an instruction goes through; 0 if it is no such instruction. */
  private static long elements(Instruction i) {
    Operation o = i.operation();
    if (o instanceof Operation.Binary b) {
      return b.outer() * b.middle() * b.inner();
    }
    if (o instanceof Operation.Sum s) {
      return s.inner() == 1 && s.outer() > 1 && s.middle() <= WIDE ? s.outer() * s.middle() : 0;
    }
    boolean elementwise =
        o instanceof Operation.Relu
            || o instanceof Operation.ReluGradient
            || o instanceof Operation.Gelu
            || o instanceof Operation.GeluGradient
            || o instanceof Operation.Move
            || LowRank.isUpdate(i);
    return elementwise ? i.output().layout().elements() : 0;
  }

  /** Columns that an instruction sums, or of which it needs whole rows. */
  private static long width(Instruction i) {
    if (i.operation() instanceof Operation.MatMul) {
      return i.output().shape()[1];
    }
    return i.operation() instanceof Operation.Sum s ? s.middle() : UNKNOWN;
  }

  /** The region. */
  Instruction instruction(Set<Root> hidden) {
    Set<Value> inputs = new LinkedHashSet<>();
    Set<Value> outputs = new LinkedHashSet<>();
    Set<Root> written = new LinkedHashSet<>();
    for (Instruction part : parts) {
      part.inputs().stream()
          .filter(v -> !hidden.contains(v.root()) && !written.contains(v.root()))
          .forEach(inputs::add);
      if (part.operation().accumulates() && !written.contains(part.output().root())) {
        inputs.add(part.output());
      }
      written.add(part.output().root());
      if (!hidden.contains(part.output().root())) {
        outputs.add(part.output());
      }
    }
    Instruction first = parts.get(0);
    return new Instruction(
        new Operation.Region(width, parts),
        List.copyOf(inputs),
        List.copyOf(outputs),
        first.name());
  }
}
