package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Value;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Matrices of one size and their vectors, as arrays of two axes: those of one element need the same
 * rank on both sides. Sums are products with ones.
 */
final class ReferenceMatrix {
  private final Scratch scratch;
  private final long rows;
  private final long width;
  private final DataType type;
  private final Memory memory;

  ReferenceMatrix(Scratch scratch, long rows, long width, DataType type, Memory memory) {
    this.scratch = scratch;
    this.rows = rows;
    this.width = width;
    this.type = type;
    this.memory = memory;
  }

  INDArray matrix(Value value) {
    return memory.array(value.reshape(rows, width));
  }

  /** Scratch memory. */
  INDArray matrix(int slot) {
    return scratch.array(slot, type, rows, width);
  }

  /** A number for each row. */
  INDArray column(Value value) {
    return memory.array(value.reshape(rows, 1));
  }

  /** Scratch memory. */
  INDArray column(int slot) {
    return scratch.array(slot, type, rows, 1);
  }

  /** A number for each column. */
  INDArray row(Value value) {
    return memory.array(value.reshape(1, width));
  }

  /** Scratch memory. */
  INDArray row(int slot) {
    return scratch.array(slot, type, 1, width);
  }

  INDArray number(double value) {
    return Scratch.number(type, value);
  }

  /** The sum of each row times a factor. */
  Calls sumRows(Calls calls, double factor, INDArray matrix, INDArray column) {
    return calls.product(false, false, factor, matrix, scratch.ones(type, width, 1), 0, column);
  }

  /** The sum of each column times a factor. */
  Calls sumColumns(Calls calls, double factor, INDArray matrix, INDArray row) {
    return calls.product(false, false, factor, scratch.ones(type, 1, rows), matrix, 0, row);
  }

  /** {@code (x - mean)·deviation} of rows. */
  Calls normalise(Calls calls, Value x, Value mean, INDArray deviation, INDArray normal) {
    return calls
        .call("subtract", normal, matrix(x), column(mean))
        .call("multiply", normal, normal, deviation);
  }
}
