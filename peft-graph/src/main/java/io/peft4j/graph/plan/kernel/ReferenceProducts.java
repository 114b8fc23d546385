package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Value;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Matrix products, and sums as products with ones. */
final class ReferenceProducts {
  private final Scratch scratch;

  ReferenceProducts(Scratch scratch) {
    this.scratch = scratch;
  }

  Kernel matMul(Operation.MatMul product, Instruction instruction, Memory memory) {
    if (instruction.input(0).scale() != 1 || instruction.input(1).scale() != 1) {
      throw new IllegalArgumentException("scales belong to alpha: " + instruction);
    }
    INDArray a = memory.array(instruction.input(0));
    INDArray b = memory.array(instruction.input(1));
    INDArray c = memory.array(instruction.output());
    double beta = product.accumulates() ? 1 : 0;
    return new Calls()
        .product(product.transposeA(), product.transposeB(), product.alpha(), a, b, beta, c);
  }

  /** Reductions of ND4J's are many times slower than products with ones. */
  Kernel sum(Operation.Sum sum, Instruction instruction, Memory memory) {
    long outer = sum.outer();
    long middle = sum.middle();
    long inner = sum.inner();
    Value x = instruction.input(0);
    Value y = instruction.output();
    Calls calls = new Calls();
    if (outer == 1 && inner == 1) {
      INDArray from = memory.array(x.reshape(middle));
      INDArray to = memory.array(y.reshape(middle));
      return calls.call(sum.accumulates() ? "add" : "assign", to, to, from);
    }
    DataType type = x.type();
    double beta = sum.accumulates() ? 1 : 0;
    if (outer == 1 || middle == 1) {
      INDArray rows = memory.array(x.reshape(middle, outer * inner));
      INDArray ones = scratch.ones(type, outer * inner, 1);
      return calls.product(false, false, 1, rows, ones, beta, memory.array(y.reshape(middle, 1)));
    }
    INDArray total = memory.array(y.reshape(1, middle));
    INDArray ones = scratch.ones(type, 1, outer);
    if (inner == 1) {
      INDArray rows = memory.array(x.reshape(outer, middle));
      return calls.product(false, false, 1, ones, rows, beta, total);
    }
    INDArray runs = memory.array(x.reshape(outer * middle, inner));
    INDArray parts = scratch.array(0, type, outer * middle, 1);
    return calls
        .product(false, false, 1, runs, scratch.ones(type, inner, 1), 0, parts)
        .product(false, false, 1, ones, scratch.array(0, type, outer, middle), beta, total);
  }
}
