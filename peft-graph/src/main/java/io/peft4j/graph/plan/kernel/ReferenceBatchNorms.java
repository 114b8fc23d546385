package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.floating.RSqrt;

/** Batch norm, composed; sums of columns are products with ones. */
final class ReferenceBatchNorms {
  private final Scratch scratch;

  ReferenceBatchNorms(Scratch scratch) {
    this.scratch = scratch;
  }

  Kernel batchNorm(Operation.BatchNorm norm, Instruction instruction, Memory memory) {
    ReferenceMatrix columns =
        new ReferenceMatrix(
            scratch, norm.rows(), norm.width(), instruction.input(0).type(), memory);
    List<Value> outputs = instruction.outputs();
    INDArray x = columns.matrix(instruction.input(0));
    INDArray training = memory.array(instruction.input(5).reshape(1));
    INDArray y = columns.matrix(outputs.get(0));
    INDArray mean = columns.row(outputs.get(1));
    INDArray variance = columns.row(outputs.get(2));
    INDArray used = columns.row(outputs.get(3));
    INDArray inverse = columns.row(outputs.get(4));
    Calls calls = new Calls();
    columns.sumColumns(calls, 1.0 / norm.rows(), x, mean);
    calls.call("subtract", y, x, mean).call("multiply", y, y, y);
    columns.sumColumns(calls, 1.0 / norm.rows(), y, variance);
    blend(calls, columns.row(instruction.input(3)), mean, training, used);
    blend(calls, columns.row(instruction.input(4)), variance, training, inverse)
        .call("add", inverse, inverse, columns.number(norm.epsilon()))
        .call(new RSqrt(inverse, inverse))
        .call("subtract", y, x, used)
        .call("multiply", y, y, inverse)
        .call("multiply", y, y, columns.row(instruction.input(1)))
        .call("add", y, y, columns.row(instruction.input(2)));
    return norm.relu() ? calls.call("relu", new double[] {0}, y, y) : calls;
  }

  /** {@code running + (batch - running)·t}. */
  private static Calls blend(
      Calls calls, INDArray running, INDArray batch, INDArray training, INDArray result) {
    return calls
        .call("subtract", result, batch, running)
        .call("multiply", result, result, training)
        .call("add", result, result, running);
  }

  Kernel batchNormGradient(
      Operation.BatchNormGradient norm, Instruction instruction, Memory memory) {
    ReferenceMatrix columns =
        new ReferenceMatrix(
            scratch, norm.rows(), norm.width(), instruction.input(0).type(), memory);
    List<Value> outputs = instruction.outputs();
    INDArray x = columns.matrix(instruction.input(0));
    INDArray gain = columns.row(instruction.input(1));
    INDArray offset = columns.row(instruction.input(2));
    INDArray training = memory.array(instruction.input(3).reshape(1));
    INDArray mean = columns.row(instruction.input(4));
    INDArray used = columns.row(instruction.input(5));
    INDArray inverse = columns.row(instruction.input(6));
    INDArray g = columns.matrix(instruction.input(7));
    INDArray dx = columns.matrix(outputs.get(0));
    INDArray dGain = columns.row(outputs.get(1));
    INDArray dOffset = columns.row(outputs.get(2));
    INDArray normal = columns.matrix(1);
    INDArray product = columns.matrix(2);
    INDArray share = columns.row(3);
    Calls calls =
        new Calls().call("subtract", normal, x, used).call("multiply", normal, normal, inverse);
    if (norm.relu()) {
      calls
          .call("multiply", product, normal, gain)
          .call("add", product, product, offset)
          .call("relu_bp", new double[] {0}, dx, product, g);
    } else {
      calls.call("assign", dx, dx, g);
    }
    columns.sumColumns(calls, 1, dx, dOffset);
    calls.call("multiply", product, dx, normal);
    columns.sumColumns(calls, 1, product, dGain);
    INDArray part = columns.number(1.0 / norm.rows());
    calls.call("multiply", share, dOffset, part).call("multiply", share, share, training);
    calls.call("subtract", dx, dx, share);
    calls.call("multiply", share, dGain, part).call("multiply", share, share, training);
    return calls
        .call("subtract", normal, x, mean)
        .call("multiply", normal, normal, inverse)
        .call("multiply", normal, normal, share)
        .call("subtract", dx, dx, normal)
        .call("multiply", dx, dx, gain)
        .call("multiply", dx, dx, inverse);
  }
}
