package io.peft4j.graph.plan.backward;

import io.peft4j.graph.ops.NewGraph;
import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Operation.External;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import io.peft4j.graph.plan.lower.Lowering;
import io.peft4j.graph.rewrite.OpCopier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;

/**
 * SameDiff's own gradient of an operation, whose catalogue entry says that it is right: the
 * operation is copied into a graph of its own and differentiated there, and what that gives is
 * lowered.
 */
final class ExternalVjp implements VjpRule<External> {
  @Override
  public void apply(External external, Instruction i, Gradients gradients) {
    SameDiff source = external.function().getSameDiff();
    SameDiffOp op = source.getOps().get(external.function().getOwnName());
    SameDiff scratch = NewGraph.create();
    Map<String, Value> bound = new LinkedHashMap<>();
    SDVariable[] inputs = new SDVariable[i.inputs().size()];
    for (int k = 0; k < inputs.length; k++) {
      Value input = i.input(k);
      boolean known = input.root().kind() == Root.Kind.LEAF && !input.type().isFPType();
      inputs[k] =
          known
              ? scratch.constant("input" + k, input.root().array())
              : scratch.placeHolder("input" + k, input.type(), input.shape());
      if (!known) {
        bound.put("input" + k, input);
      }
    }
    List<String> names = new ArrayList<>();
    for (int k = 0; k < i.outputs().size(); k++) {
      names.add("output" + k);
      bound.put("output" + k, i.outputs().get(k));
    }
    SDVariable[] outputs = new OpCopier(source, scratch).copy(op, names, inputs);
    List<SDVariable> incoming = new ArrayList<>();
    for (int k = 0; k < outputs.length; k++) {
      Value output = i.outputs().get(k);
      incoming.add(scratch.placeHolder("gradient" + k, output.type(), output.shape()));
      bound.put("gradient" + k, gradient(output, gradients));
    }
    List<SDVariable> found = scratch.getOps().get(names.get(0)).getOp().doDiff(incoming);
    hand(i, found, bound, scratch, gradients);
  }

  private static void hand(
      Instruction i,
      List<SDVariable> found,
      Map<String, Value> bound,
      SameDiff scratch,
      Gradients gradients) {
    Map<Value, String> wanted = new LinkedHashMap<>();
    Lowering lowering =
        new Lowering(
            scratch,
            gradients.program(),
            name -> {
              throw new IllegalStateException("placeholder '" + name + "' of a gradient");
            });
    bound.forEach(lowering::bind);
    List<String> names = new ArrayList<>();
    for (int k = 0; k < i.inputs().size() && k < found.size(); k++) {
      if (gradients.wanted(i.input(k))) {
        names.add(found.get(k).name());
      }
    }
    lowering.lower(names);
    for (int k = 0; k < i.inputs().size() && k < found.size(); k++) {
      if (gradients.wanted(i.input(k))) {
        gradients.add(i.input(k), lowering.value(found.get(k).name()));
      }
    }
  }

  private static Value gradient(Value output, Gradients gradients) {
    Value found = gradients.of(output);
    if (found != null) {
      return found;
    }
    Program program = gradients.program();
    Value zero = gradients.temporary(output);
    program.add(Gradients.name(output), new Operation.Fill(0), List.of(), zero);
    return zero;
  }
}
