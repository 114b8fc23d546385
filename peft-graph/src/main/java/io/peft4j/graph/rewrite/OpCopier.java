package io.peft4j.graph.rewrite;

import com.google.flatbuffers.FlatBufferBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.serde.FlatBuffersMapper;
import org.nd4j.graph.FlatNode;

/**
 * Copies one operation from a graph to another.
 *
 * <p>The outputs are declared before use, with number and types of the source's: only so does a
 * copy by serialisation reproduce every stock operation, loaded graphs included.
 */
public final class OpCopier {
  private final SameDiff source;
  private final SameDiff target;

  /** Numbers that serialisation wants for variables; what they are does not matter to a copy. */
  private final Map<String, Integer> numbers = new HashMap<>();

  /** Copies from one graph to another. */
  public OpCopier(SameDiff source, SameDiff target) {
    this.source = source;
    this.target = target;
    source.getVariables().keySet().forEach(name -> numbers.put(name, numbers.size()));
  }

  /**
   * Copies {@code op}, reading {@code inputs} of the target graph.
   *
   * @param names free names of the outputs; the first is the operation's own name too
   */
  public SDVariable[] copy(SameDiffOp op, List<String> names, SDVariable[] inputs) {
    DifferentialFunction copy = withoutArguments(op.getOp());
    copy.setSameDiff(target);
    copy.setOwnName(names.get(0));
    target.addArgsFor(inputs, copy);
    SDVariable[] outputs = new SDVariable[names.size()];
    for (int i = 0; i < outputs.length; i++) {
      SDVariable original = source.getVariable(op.getOutputsOfOp().get(i));
      outputs[i] =
          target.var(names.get(i), VariableType.ARRAY, null, original.dataType(), (long[]) null);
      outputs[i].setCreator(copy);
    }
    target.addOutgoingFor(outputs, copy);
    return outputs;
  }

  /**
   * The operation with its attributes alone. As {@link FlatBuffersMapper#cloneViaSerialize}, which
   * numbers all variables of the graph for each operation anew.
   */
  private DifferentialFunction withoutArguments(DifferentialFunction op) {
    FlatBufferBuilder buffer = new FlatBufferBuilder(1024);
    int node =
        FlatBuffersMapper.asFlatNode(
            source,
            op,
            buffer,
            List.of(),
            numbers,
            new HashMap<>(),
            new HashMap<>(),
            new AtomicInteger(),
            0);
    buffer.finish(node);
    DifferentialFunction copy =
        FlatBuffersMapper.fromFlatNode(FlatNode.getRootAsFlatNode(buffer.dataBuffer()));
    if (copy.getClass() != op.getClass()) {
      throw new RewriteException(
          "operation '%s' is of class %s, which SameDiff copies as %s; compose it from stock operations"
              .formatted(op.getOwnName(), op.getClass().getName(), copy.getClass().getName()));
    }
    return copy;
  }
}
