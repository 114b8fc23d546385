package io.peft4j.graph.plan.backward;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation.MatMul;
import io.peft4j.graph.plan.ir.Operation.Move;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;

/**
 * {@code C = α·op(A) op(B)}: {@code dop(A) = α·G op(B)ᵀ}, {@code dop(B) = α·op(A)ᵀ G}, written
 * where they belong and only for factors that train.
 */
final class MatMulVjp implements VjpRule<MatMul> {
  /** BLAS fills its vectors with columns: fewer are computed as rows, twice as fast. */
  private static final long FEW_COLUMNS = 16;

  @Override
  public void apply(MatMul m, Instruction i, Gradients gradients) {
    Value a = i.input(0);
    Value b = i.input(1);
    boolean needsA = gradients.wanted(a);
    boolean needsB = gradients.wanted(b);
    if (!needsA && !needsB) {
      return;
    }
    Value found = gradients.ofProduct(i.output());
    double alpha = m.alpha() * found.scale();
    Value g = found.unscaled();
    boolean tA = m.transposeA();
    boolean tB = m.transposeB();
    if (needsA) {
      if (tA) {
        product(gradients, a, b, tB, g, true, alpha);
      } else {
        product(gradients, a, g, false, b, !tB, alpha);
      }
    }
    if (needsB) {
      if (tB) {
        product(gradients, b, g, true, a, tA, alpha);
      } else {
        product(gradients, b, a, !tA, g, false, alpha);
      }
    }
  }

  private static void product(
      Gradients gradients, Value to, Value x, boolean tX, Value y, boolean tY, double alpha) {
    boolean turned = tX && !tY && isNarrow(to.shape());
    gradients.write(
        to,
        (place, accumulates) -> {
          Program program = gradients.program();
          String name = Gradients.name(to);
          if (turned) {
            long[] shape = place.shape();
            Value turn = program.temporary(name, place.type(), shape[1], shape[0]);
            program.add(name, new MatMul(true, false, alpha, false), List.of(y, x), turn);
            program.add(name, new Move(accumulates), List.of(turn.permute(1, 0)), place);
          } else {
            program.add(name, new MatMul(tX, tY, alpha, accumulates), List.of(x, y), place);
          }
        });
  }

  /** True for few columns of many rows, as of a low-rank factor. */
  private static boolean isNarrow(long... shape) {
    return shape.length == 2 && shape[1] < FEW_COLUMNS && shape[0] > shape[1];
  }
}
