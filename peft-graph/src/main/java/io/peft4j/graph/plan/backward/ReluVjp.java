package io.peft4j.graph.plan.backward;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation.Relu;
import io.peft4j.graph.plan.ir.Operation.ReluGradient;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import java.util.Objects;

/** See {@link ReluGradient}; by the output, so that the input need not be kept. */
final class ReluVjp implements VjpRule<Relu> {
  @Override
  public void apply(Relu relu, Instruction i, Gradients gradients) {
    Value x = i.input(0);
    Value g = gradients.program().plain(Objects.requireNonNull(gradients.of(i.output())));
    Value dx = gradients.temporary(x);
    gradients.program().add(Gradients.name(x), new ReluGradient(), List.of(i.output(), g), dx);
    gradients.addOwned(x, dx);
  }
}
