package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
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
    Rows rows = new Rows(softmax.rows(), softmax.width(), instruction.input(0).type(), memory);
    INDArray y = rows.matrix(instruction.input(0));
    INDArray g = rows.matrix(instruction.input(1));
    INDArray dx = rows.matrix(instruction.output());
    INDArray sums = rows.column(0);
    Calls calls = new Calls().call("multiply", dx, y, g);
    rows.sum(calls, 1, dx, sums);
    return rows.spread(calls, "subtract", dx, g, sums).call("multiply", dx, dx, y);
  }

  Kernel layerNorm(Operation.LayerNorm norm, Instruction instruction, Memory memory) {
    DataType type = instruction.input(0).type();
    Rows rows = new Rows(norm.rows(), norm.width(), type, memory);
    INDArray x = rows.matrix(instruction.input(0));
    INDArray gain = rows.row(instruction.input(1));
    INDArray offset = rows.row(instruction.input(2));
    INDArray y = rows.matrix(instruction.outputs().get(0));
    INDArray mean = rows.column(instruction.outputs().get(1));
    INDArray deviation = rows.column(instruction.outputs().get(2));
    INDArray squares = rows.matrix(1);
    Calls calls = new Calls();
    rows.sum(calls, 1.0 / norm.width(), x, mean);
    rows.spread(calls, "subtract", y, x, mean).call("multiply", squares, y, y);
    rows.sum(calls, 1.0 / norm.width(), squares, deviation);
    calls
        .call("add", deviation, deviation, Scratch.number(type, norm.epsilon()))
        .call(new RSqrt(deviation, deviation));
    rows.spread(calls, "multiply", y, y, deviation);
    rows.repeat(calls, "multiply", y, y, gain);
    return rows.repeat(calls, "add", y, y, offset);
  }

  Kernel layerNormGradient(
      Operation.LayerNormGradient norm, Instruction instruction, Memory memory) {
    Rows rows = new Rows(norm.rows(), norm.width(), instruction.input(0).type(), memory);
    INDArray gain = rows.row(instruction.input(1));
    INDArray deviation = rows.column(instruction.input(3));
    INDArray g = rows.matrix(instruction.input(4));
    INDArray dx = rows.matrix(instruction.output());
    INDArray normal = rows.matrix(1);
    INDArray product = rows.matrix(2);
    INDArray mean = rows.column(3);
    Calls calls = new Calls();
    rows.normalise(calls, instruction.input(0), instruction.input(2), deviation, normal);
    rows.repeat(calls, "multiply", dx, g, gain).call("multiply", product, dx, normal);
    rows.sum(calls, 1.0 / norm.width(), dx, mean);
    rows.spread(calls, "subtract", dx, dx, mean);
    rows.sum(calls, 1.0 / norm.width(), product, mean);
    rows.spread(calls, "multiply", normal, normal, mean).call("subtract", dx, dx, normal);
    return rows.spread(calls, "multiply", dx, dx, deviation);
  }

  Kernel layerNormParameterGradient(
      Operation.LayerNormParameterGradient norm, Instruction instruction, Memory memory) {
    DataType type = instruction.input(0).type();
    Rows rows = new Rows(norm.rows(), norm.width(), type, memory);
    INDArray deviation = rows.column(instruction.input(2));
    INDArray g = rows.matrix(instruction.input(3));
    INDArray normal = rows.matrix(1);
    Calls calls = new Calls();
    rows.normalise(calls, instruction.input(0), instruction.input(1), deviation, normal)
        .call("multiply", normal, normal, g);
    INDArray ones = scratch.ones(type, 1, norm.rows());
    INDArray gain = memory.array(instruction.outputs().get(0).reshape(1, norm.width()));
    INDArray offset = memory.array(instruction.outputs().get(1).reshape(1, norm.width()));
    return calls
        .product(false, false, 1, ones, normal, 0, gain)
        .product(false, false, 1, ones, g, 0, offset);
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

  /** A matrix and its vectors. Arrays of one element need the same rank on both sides. */
  private final class Rows {
    private final long rows;
    private final long width;
    private final DataType type;
    private final Memory memory;

    Rows(long rows, long width, DataType type, Memory memory) {
      this.rows = rows;
      this.width = width;
      this.type = type;
      this.memory = memory;
    }

    INDArray matrix(Value value) {
      return memory.array(value.reshape(rows, width));
    }

    INDArray matrix(int slot) {
      return scratch.array(slot, type, rows, width);
    }

    INDArray column(Value value) {
      return memory.array(value.reshape(rows, 1));
    }

    INDArray column(int slot) {
      return scratch.array(slot, type, rows, 1);
    }

    INDArray row(Value value) {
      return memory.array(value.reshape(1, width));
    }

    /** Sums of rows times a factor. */
    Calls sum(Calls calls, double factor, INDArray matrix, INDArray column) {
      return calls.product(false, false, factor, matrix, scratch.ones(type, width, 1), 0, column);
    }

    /** One number for each row. */
    Calls spread(Calls calls, String op, INDArray z, INDArray x, INDArray column) {
      return calls.call(op, z, x, column);
    }

    /** One row for all. */
    Calls repeat(Calls calls, String op, INDArray z, INDArray x, INDArray row) {
      return calls.call(op, z, x, row);
    }

    /** {@code (x - mean)·deviation}. */
    Calls normalise(Calls calls, Value x, Value mean, INDArray deviation, INDArray normal) {
      spread(calls, "subtract", normal, matrix(x), column(mean));
      return spread(calls, "multiply", normal, normal, deviation);
    }
  }
}
