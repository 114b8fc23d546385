package io.peft4j.graph.plan.fuse;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Operation.MatMul;
import io.peft4j.graph.plan.ir.Value;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Products of so few columns that to add them takes less time than to fetch what they are added to:
 * as good as elementwise.
 */
final class LowRank {
  private static final long MOST_RANK = 8;

  private LowRank() {}

  /**
   * True for {@code c += α·a bᵀ} with plain matrices a {@code [m, rank]}, b {@code [n, rank]}. It
   * depends on nothing around the instruction: what is computed again must be computed likewise.
   */
  static boolean isUpdate(Instruction i) {
    boolean isSum =
        i.operation() instanceof MatMul m
            && m.accumulates()
            && !m.transposeA()
            && m.transposeB()
            && i.output().shape().length == 2;
    if (!isSum) {
      return false;
    }
    long rank = i.input(0).shape()[1];
    long width = i.output().shape()[1];
    return rank <= Math.min(MOST_RANK, width)
        && width <= Piecewise.WIDE
        && Stream.concat(i.inputs().stream(), i.outputs().stream()).allMatch(LowRank::isMatrix);
  }

  private static boolean isMatrix(Value value) {
    return value.type() == DataType.FLOAT && value.isPlain();
  }

  /** True if the first two change places: the third goes on where the first leaves off. */
  static boolean canSwap(Instruction first, Instruction second, Instruction third) {
    return first.operation() instanceof Operation.Binary
        && second.operation() instanceof MatMul
        && isUpdate(third)
        && third.output().root() == first.output().root()
        && !touches(second, first.output())
        && first.inputs().stream().noneMatch(v -> v.root() == second.output().root());
  }

  private static boolean touches(Instruction i, Value value) {
    return Stream.concat(i.inputs().stream(), i.outputs().stream())
        .anyMatch(v -> v.root() == value.root());
  }
}
