package io.peft4j.graph.plan.backward;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation.Softmax;
import io.peft4j.graph.plan.ir.Operation.SoftmaxGradient;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import java.util.Objects;

/** See {@link SoftmaxGradient}; by the output, so that the scores need not be kept. */
final class SoftmaxVjp implements VjpRule<Softmax> {
  @Override
  public void apply(Softmax softmax, Instruction i, Gradients gradients) {
    Value x = i.input(0);
    Value g = gradients.program().plain(Objects.requireNonNull(gradients.of(i.output())));
    Value dx = gradients.temporary(x);
    SoftmaxGradient gradient = new SoftmaxGradient(softmax.rows(), softmax.width());
    gradients.program().add(Gradients.name(x), gradient, List.of(i.output(), g), dx);
    gradients.addOwned(x, dx);
  }
}
