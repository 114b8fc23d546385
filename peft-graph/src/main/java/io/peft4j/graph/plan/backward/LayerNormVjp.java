package io.peft4j.graph.plan.backward;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation.LayerNorm;
import io.peft4j.graph.plan.ir.Operation.LayerNormGradient;
import io.peft4j.graph.plan.ir.Operation.LayerNormParameterGradient;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import java.util.Objects;

/** See {@link LayerNormGradient} and {@link LayerNormParameterGradient}. */
final class LayerNormVjp implements VjpRule<LayerNorm> {
  @Override
  public void apply(LayerNorm norm, Instruction i, Gradients gradients) {
    Program program = gradients.program();
    Value x = i.input(0);
    Value gain = i.input(1);
    Value offset = i.input(2);
    Value mean = i.outputs().get(1);
    Value inverse = i.outputs().get(2);
    Value g = program.plain(Objects.requireNonNull(gradients.of(i.output())));
    if (gradients.wanted(gain) || gradients.wanted(offset)) {
      Value dGain = gradients.temporary(gain);
      Value dOffset = gradients.temporary(offset);
      program.add(
          Gradients.name(gain),
          new LayerNormParameterGradient(norm.rows(), norm.width()),
          List.of(x, mean, inverse, g),
          dGain,
          dOffset);
      if (gradients.wanted(gain)) {
        gradients.addOwned(gain, dGain);
      }
      if (gradients.wanted(offset)) {
        gradients.addOwned(offset, dOffset);
      }
    }
    if (gradients.wanted(x)) {
      Value dx = gradients.temporary(x);
      program.add(
          Gradients.name(x),
          new LayerNormGradient(norm.rows(), norm.width()),
          List.of(x, gain, mean, inverse, g),
          dx);
      gradients.addOwned(x, dx);
    }
  }
}
