package io.peft4j.graph.plan.backward;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation.LogLikelihood;
import io.peft4j.graph.plan.ir.Operation.LogLikelihoodGradient;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import java.util.Objects;

/** See {@link LogLikelihoodGradient}. The weights have no gradient: they are given. */
final class LogLikelihoodVjp implements VjpRule<LogLikelihood> {
  @Override
  public void apply(LogLikelihood likelihood, Instruction i, Gradients gradients) {
    Value x = i.input(0);
    Value g = gradients.program().plain(Objects.requireNonNull(gradients.of(i.output())));
    Value dx = gradients.temporary(x);
    gradients
        .program()
        .add(
            Gradients.name(x),
            new LogLikelihoodGradient(likelihood.outer(), likelihood.classes(), likelihood.inner()),
            List.of(x, i.input(1), i.outputs().get(1), g),
            dx);
    gradients.addOwned(x, dx);
  }
}
