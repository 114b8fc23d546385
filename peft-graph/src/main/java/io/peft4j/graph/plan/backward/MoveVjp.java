package io.peft4j.graph.plan.backward;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation.Move;
import io.peft4j.graph.plan.ir.Value;
import java.util.Objects;

/** {@code y = s·x}: the gradient is that of y, seen in x's layout. Nothing is moved. */
final class MoveVjp implements VjpRule<Move> {
  @Override
  public void apply(Move move, Instruction i, Gradients gradients) {
    Value x = i.input(0);
    if (gradients.wanted(x)) {
      Value g = Objects.requireNonNull(gradients.of(i.output()));
      gradients.add(x.unscaled(), g.times(x.scale()));
    }
  }
}
