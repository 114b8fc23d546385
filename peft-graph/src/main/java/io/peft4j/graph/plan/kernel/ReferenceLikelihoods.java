package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log;

/** Weighted log-likelihood and its gradient, composed. */
final class ReferenceLikelihoods {
  private static final long[] CLASSES = {1};

  private final Scratch scratch;

  ReferenceLikelihoods(Scratch scratch) {
    this.scratch = scratch;
  }

  Kernel likelihood(Operation.LogLikelihood likelihood, Instruction instruction, Memory memory) {
    long[] shape = {likelihood.outer(), likelihood.classes(), likelihood.inner()};
    long[] each = {likelihood.outer(), 1, likelihood.inner()};
    long size = shape[0] * shape[1] * shape[2];
    INDArray x = memory.array(instruction.input(0).reshape(shape));
    INDArray w = memory.array(instruction.input(1).reshape(shape));
    INDArray sum = memory.array(instruction.outputs().get(0).reshape(1, 1));
    INDArray logs = memory.array(instruction.outputs().get(1).reshape(each));
    DataType type = x.dataType();
    INDArray y = scratch.array(0, type, shape);
    INDArray maximum = scratch.array(1, type, each);
    return new Calls()
        .reduce("reduce_max", CLASSES, maximum, x)
        .call("subtract", y, x, maximum)
        .call(new Exp(y, y))
        .reduce("reduce_sum", CLASSES, logs, y)
        .call(new Log(logs, logs))
        .call("add", logs, logs, maximum)
        .call("subtract", y, x, logs)
        .call("multiply", y, y, w)
        .product(
            false, false, 1, scratch.array(0, type, 1, size), scratch.ones(type, size, 1), 0, sum);
  }

  Kernel gradient(
      Operation.LogLikelihoodGradient likelihood, Instruction instruction, Memory memory) {
    long[] shape = {likelihood.outer(), likelihood.classes(), likelihood.inner()};
    long[] each = {likelihood.outer(), 1, likelihood.inner()};
    INDArray x = memory.array(instruction.input(0).reshape(shape));
    INDArray w = memory.array(instruction.input(1).reshape(shape));
    INDArray logs = memory.array(instruction.input(2).reshape(each));
    INDArray g = memory.array(instruction.input(3).reshape(1));
    INDArray dx = memory.array(instruction.output().reshape(shape));
    INDArray sums = scratch.array(1, x.dataType(), each);
    return new Calls()
        .reduce("reduce_sum", CLASSES, sums, w)
        .call("subtract", dx, x, logs)
        .call(new Exp(dx, dx))
        .call("multiply", dx, dx, sums)
        .call("subtract", dx, w, dx)
        .call("multiply", dx, dx, g);
  }
}
