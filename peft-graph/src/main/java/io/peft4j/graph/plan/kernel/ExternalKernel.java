package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.BaseReduceOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.ReduceOp;
import org.nd4j.linalg.api.ops.ScalarOp;
import org.nd4j.linalg.api.shape.Shape;
import org.nd4j.linalg.factory.Nd4j;

/**
 * An operation of SameDiff's, run as it is.
 *
 * <p>Operations of the older kind keep axes and scalars in fields, which instructions that share
 * the operation would overwrite: they are set before each run.
 */
final class ExternalKernel implements Kernel {
  private final DifferentialFunction function;
  private final Optional<Kernel> custom;
  private final OpContext context = Nd4j.getExecutioner().buildContext();
  private final @Nullable INDArray second;
  private final int rank;
  private int @Nullable [] axes;
  private boolean axesKnown;

  ExternalKernel(Operation.External external, Instruction instruction, Memory memory) {
    function = external.function();
    List<Value> inputs = instruction.inputs();
    INDArray[] arguments = inputs.stream().map(memory::array).toArray(INDArray[]::new);
    rank = arguments.length == 0 ? 0 : arguments[0].rank();
    second = arguments.length == 2 ? arguments[1] : null;
    if (function instanceof DynamicCustomOp op) {
      context.setArgs(arguments, op.iArgs(), op.dArgs(), op.tArgs(), op.bArgs());
    } else {
      int read = takesAxes() ? 1 : arguments.length;
      for (int i = 0; i < read; i++) {
        context.setInputArray(i, arguments[i]);
      }
      if (takesAxes() && inputs.get(1).root().kind() == Root.Kind.LEAF) {
        readAxes();
        axesKnown = true;
      }
    }
    for (int i = 0; i < instruction.outputs().size(); i++) {
      context.setOutputArray(i, memory.array(instruction.outputs().get(i)));
    }
    custom =
        function instanceof DynamicCustomOp op
            ? Optional.of(PreparedCall.of(op, context))
            : Optional.empty();
  }

  private boolean takesAxes() {
    return second != null
        && function instanceof ReduceOp reduce
        && reduce.getOpType() != Op.Type.REDUCE3;
  }

  private void readAxes() {
    axes = second == null || second.isEmpty() ? null : normal(second.toIntVector());
  }

  private int[] normal(int[] given) {
    return Shape.normalizeAxis(rank, given);
  }

  @Override
  public void run() {
    if (custom.isPresent()) {
      custom.get().run();
      return;
    }
    if (takesAxes()) {
      if (!axesKnown) {
        readAxes();
      }
      ((BaseReduceOp) function).setEmptyReduce(axes == null);
      function.setDimensions(axes);
    } else if (function instanceof ScalarOp scalar && second != null) {
      scalar.setScalar(second);
    }
    Nd4j.getExecutioner().exec((Op) function, context);
  }
}
