package io.peft4j.graph.plan.backward;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation.LayerNorm;
import io.peft4j.graph.plan.ir.Operation.LayerNormFullGradient;
import io.peft4j.graph.plan.ir.Operation.LayerNormGradient;
import io.peft4j.graph.plan.ir.Operation.LayerNormParameterGradient;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import java.util.Objects;

/** See {@link LayerNormFullGradient}; half of it where only the half is wanted. */
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
    boolean parameters = gradients.wanted(gain) || gradients.wanted(offset);
    boolean input = gradients.wanted(x);
    Value dGain = gradients.temporary(gain);
    Value dOffset = gradients.temporary(offset);
    Value dx = gradients.temporary(x);
    long rows = norm.rows();
    long width = norm.width();
    if (parameters && input) {
      program.add(
          Gradients.name(x),
          new LayerNormFullGradient(rows, width),
          List.of(x, gain, mean, inverse, g),
          dx,
          dGain,
          dOffset);
    } else if (parameters) {
      program.add(
          Gradients.name(gain),
          new LayerNormParameterGradient(rows, width),
          List.of(x, mean, inverse, g),
          dGain,
          dOffset);
    } else {
      program.add(
          Gradients.name(x),
          new LayerNormGradient(rows, width),
          List.of(x, gain, mean, inverse, g),
          dx);
    }
    gradients.addWanted(gain, dGain);
    gradients.addWanted(offset, dOffset);
    gradients.addWanted(x, dx);
  }
}
