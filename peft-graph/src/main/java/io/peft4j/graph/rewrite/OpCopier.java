package io.peft4j.graph.rewrite;

import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.serde.FlatBuffersMapper;

/**
 * Copies one operation from a graph to another.
 *
 * <p>The outputs are declared before use, with number and types of the source's: only so does a
 * copy by serialisation reproduce every stock operation, loaded graphs included.
 */
final class OpCopier {
  private final SameDiff source;
  private final SameDiff target;

  OpCopier(SameDiff source, SameDiff target) {
    this.source = source;
    this.target = target;
  }

  /** Copies {@code op} as {@code name}, reading {@code inputs} of the target graph. */
  SDVariable[] copy(SameDiffOp op, String name, SDVariable[] inputs) {
    DifferentialFunction copy = FlatBuffersMapper.cloneViaSerialize(source, op.getOp());
    copy.setSameDiff(target);
    copy.setOwnName(name);
    target.addArgsFor(inputs, copy);
    SDVariable[] outputs = new SDVariable[op.getOutputsOfOp().size()];
    for (int i = 0; i < outputs.length; i++) {
      SDVariable original = source.getVariable(op.getOutputsOfOp().get(i));
      outputs[i] =
          target.var(
              i == 0 ? name : name + ":" + i,
              VariableType.ARRAY,
              null,
              original.dataType(),
              (long[]) null);
      outputs[i].setCreator(copy);
    }
    target.addOutgoingFor(outputs, copy);
    return outputs;
  }
}
