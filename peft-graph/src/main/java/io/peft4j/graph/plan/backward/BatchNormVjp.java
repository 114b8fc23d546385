package io.peft4j.graph.plan.backward;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation.BatchNorm;
import io.peft4j.graph.plan.ir.Operation.BatchNormGradient;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import java.util.Objects;

/** See {@link BatchNormGradient}. Its sums are needed for x too, so nothing less would do. */
final class BatchNormVjp implements VjpRule<BatchNorm> {
  @Override
  public void apply(BatchNorm norm, Instruction i, Gradients gradients) {
    Program program = gradients.program();
    Value x = i.input(0);
    Value gain = i.input(1);
    Value offset = i.input(2);
    Value training = i.input(5);
    Value mean = i.outputs().get(1);
    Value used = i.outputs().get(3);
    Value inverse = i.outputs().get(4);
    Value g = program.plain(Objects.requireNonNull(gradients.of(i.output())));
    Value dx = gradients.temporary(x);
    Value dGain = gradients.temporary(gain);
    Value dOffset = gradients.temporary(offset);
    program.add(
        Gradients.name(x),
        new BatchNormGradient(norm.rows(), norm.width(), norm.relu()),
        List.of(x, gain, offset, training, mean, used, inverse, g),
        dx,
        dGain,
        dOffset);
    gradients.addWanted(gain, dGain);
    gradients.addWanted(offset, dOffset);
    gradients.addWanted(x, dx);
  }
}
