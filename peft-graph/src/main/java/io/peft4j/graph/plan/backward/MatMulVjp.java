package io.peft4j.graph.plan.backward;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation.MatMul;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import java.util.Objects;

/**
 * {@code C = α·op(A) op(B)}: {@code dop(A) = α·G op(B)ᵀ}, {@code dop(B) = α·op(A)ᵀ G}, written
 * where they belong and only for factors that train.
 */
final class MatMulVjp implements VjpRule<MatMul> {
  @Override
  public void apply(MatMul m, Instruction i, Gradients gradients) {
    Value a = i.input(0);
    Value b = i.input(1);
    Value found = Objects.requireNonNull(gradients.of(i.output()));
    boolean needsA = gradients.wanted(a);
    boolean needsB = gradients.wanted(b);
    if (!needsA && !needsB) {
      return;
    }
    double alpha = m.alpha() * found.scale();
    Value g = matrix(gradients, found.unscaled());
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
    gradients.write(
        to,
        (place, accumulates) ->
            gradients
                .program()
                .add(
                    Gradients.name(to),
                    new MatMul(tX, tY, alpha, accumulates),
                    List.of(x, y),
                    place));
  }

  private static Value matrix(Gradients gradients, Value g) {
    return g.layout() instanceof Strided s && s.isMatrix() ? g : gradients.program().plain(g);
  }
}
