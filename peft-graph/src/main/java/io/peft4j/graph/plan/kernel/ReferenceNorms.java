package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.floating.RSqrt;

/** Softmax and layer norm of rows, composed; sums of rows are products with ones. */
final class ReferenceNorms {
  private final Scratch scratch;

  ReferenceNorms(Scratch scratch) {
    this.scratch = scratch;
  }

  /** Three axes: ND4J hands only those to oneDNN. */
  Kernel softmax(Operation.Softmax softmax, Instruction instruction, Memory memory) {
    long[] shape = {1, softmax.rows(), softmax.width()};
    INDArray x = memory.array(instruction.input(0).reshape(shape));
    INDArray y = memory.array(instruction.output().reshape(shape));
    return new Calls().call("softmax", new long[] {2}, y, x);
  }

  Kernel softmaxGradient(
      Operation.SoftmaxGradient softmax, Instruction instruction, Memory memory) {
    ReferenceMatrix rows = matrix(softmax.rows(), softmax.width(), instruction, memory);
    INDArray y = rows.matrix(instruction.input(0));
    INDArray g = rows.matrix(instruction.input(1));
    INDArray dx = rows.matrix(instruction.output());
    INDArray sums = rows.column(0);
    Calls calls = new Calls().call("multiply", dx, y, g);
    rows.sumRows(calls, 1, dx, sums);
    return calls.call("subtract", dx, g, sums).call("multiply", dx, dx, y);
  }

  Kernel layerNorm(Operation.LayerNorm norm, Instruction instruction, Memory memory) {
    ReferenceMatrix rows = matrix(norm.rows(), norm.width(), instruction, memory);
    INDArray x = rows.matrix(instruction.input(0));
    INDArray gain = rows.row(instruction.input(1));
    INDArray offset = rows.row(instruction.input(2));
    INDArray y = rows.matrix(instruction.outputs().get(0));
    INDArray mean = rows.column(instruction.outputs().get(1));
    INDArray deviation = rows.column(instruction.outputs().get(2));
    INDArray squares = rows.matrix(1);
    Calls calls = new Calls();
    rows.sumRows(calls, 1.0 / norm.width(), x, mean);
    calls.call("subtract", y, x, mean).call("multiply", squares, y, y);
    rows.sumRows(calls, 1.0 / norm.width(), squares, deviation);
    return calls
        .call("add", deviation, deviation, rows.number(norm.epsilon()))
        .call(new RSqrt(deviation, deviation))
        .call("multiply", y, y, deviation)
        .call("multiply", y, y, gain)
        .call("add", y, y, offset);
  }

  Kernel layerNormGradient(
      Operation.LayerNormGradient norm, Instruction instruction, Memory memory) {
    ReferenceMatrix rows = matrix(norm.rows(), norm.width(), instruction, memory);
    INDArray gain = rows.row(instruction.input(1));
    INDArray deviation = rows.column(instruction.input(3));
    INDArray g = rows.matrix(instruction.input(4));
    INDArray dx = rows.matrix(instruction.output());
    INDArray normal = rows.matrix(1);
    INDArray product = rows.matrix(2);
    INDArray mean = rows.column(3);
    Calls calls = new Calls();
    rows.normalise(calls, instruction.input(0), instruction.input(2), deviation, normal);
    calls.call("multiply", dx, g, gain).call("multiply", product, dx, normal);
    rows.sumRows(calls, 1.0 / norm.width(), dx, mean);
    calls.call("subtract", dx, dx, mean);
    rows.sumRows(calls, 1.0 / norm.width(), product, mean);
    return calls
        .call("multiply", normal, normal, mean)
        .call("subtract", dx, dx, normal)
        .call("multiply", dx, dx, deviation);
  }

  Kernel layerNormParameterGradient(
      Operation.LayerNormParameterGradient norm, Instruction instruction, Memory memory) {
    ReferenceMatrix rows = matrix(norm.rows(), norm.width(), instruction, memory);
    INDArray deviation = rows.column(instruction.input(2));
    INDArray g = rows.matrix(instruction.input(3));
    INDArray normal = rows.matrix(1);
    Calls calls = new Calls();
    rows.normalise(calls, instruction.input(0), instruction.input(1), deviation, normal)
        .call("multiply", normal, normal, g);
    rows.sumColumns(calls, 1, normal, rows.row(instruction.outputs().get(0)));
    return rows.sumColumns(calls, 1, g, rows.row(instruction.outputs().get(1)));
  }

  Kernel layerNormFullGradient(Operation.LayerNormFullGradient norm, Instruction i, Memory memory) {
    List<Value> of = i.outputs();
    Instruction input = new Instruction(i.operation(), i.inputs(), of.subList(0, 1), i.name());
    Instruction parameters =
        new Instruction(
            i.operation(),
            List.of(i.input(0), i.input(2), i.input(3), i.input(4)),
            of.subList(1, 3),
            i.name());
    Operation.LayerNormGradient first = new Operation.LayerNormGradient(norm.rows(), norm.width());
    Operation.LayerNormParameterGradient second =
        new Operation.LayerNormParameterGradient(norm.rows(), norm.width());
    return new Calls()
        .then(layerNormGradient(first, input, memory))
        .then(layerNormParameterGradient(second, parameters, memory));
  }

  private ReferenceMatrix matrix(long rows, long width, Instruction instruction, Memory memory) {
    return new ReferenceMatrix(scratch, rows, width, instruction.input(0).type(), memory);
  }
}
