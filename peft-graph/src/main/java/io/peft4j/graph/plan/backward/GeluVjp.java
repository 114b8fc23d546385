package io.peft4j.graph.plan.backward;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation.Gelu;
import io.peft4j.graph.plan.ir.Operation.GeluGradient;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import java.util.Objects;

/** See {@link GeluGradient}. */
final class GeluVjp implements VjpRule<Gelu> {
  @Override
  public void apply(Gelu gelu, Instruction i, Gradients gradients) {
    Value x = i.input(0);
    Value g = gradients.program().plain(Objects.requireNonNull(gradients.of(i.output())));
    Value dx = gradients.temporary(x);
    gradients.program().add(Gradients.name(x), new GeluGradient(), List.of(x, g), dx);
    gradients.addOwned(x, dx);
  }
}
