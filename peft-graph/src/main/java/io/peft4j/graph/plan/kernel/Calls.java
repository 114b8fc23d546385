package io.peft4j.graph.plan.kernel;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.factory.Nd4j;

/** Calls of ND4J operations, in order, each with its context made once. */
final class Calls implements Kernel {
  private final List<Kernel> calls = new ArrayList<>();

  /** Adds {@code output = op(inputs)} for an operation without attributes. */
  Calls call(String op, INDArray output, INDArray... inputs) {
    return add(custom(op), new long[0], new double[0], new boolean[0], output, inputs);
  }

  /** Adds {@code output = op(inputs)} with integer attributes. */
  Calls call(String op, long[] integers, INDArray output, INDArray... inputs) {
    return add(custom(op), integers, new double[0], new boolean[0], output, inputs);
  }

  /** Adds {@code output = op(inputs)} with real attributes. */
  Calls call(String op, double[] reals, INDArray output, INDArray... inputs) {
    return add(custom(op), new long[0], reals, new boolean[0], output, inputs);
  }

  /** Adds {@code output = op(inputs)} with truth values as attributes. */
  Calls call(String op, boolean[] flags, INDArray output, INDArray... inputs) {
    return add(custom(op), new long[0], new double[0], flags, output, inputs);
  }

  /** Adds {@code output = op(input)} over axes, which are kept. */
  Calls reduce(String op, long[] axes, INDArray output, INDArray input) {
    return add(custom(op), axes, new double[0], new boolean[] {true}, output, input);
  }

  /** Adds {@code c = alpha·op(a) op(b) + beta·c}. */
  Calls product(
      boolean transposeA,
      boolean transposeB,
      double alpha,
      INDArray a,
      INDArray b,
      double beta,
      INDArray c) {
    long[] transposes = {transposeA ? 1 : 0, transposeB ? 1 : 0, 0};
    return add(custom("matmul"), transposes, new double[] {alpha, beta}, new boolean[0], c, a, b);
  }

  /** Adds an operation of the older kind that holds its own arrays. */
  Calls call(Op op) {
    return then(() -> Nd4j.getExecutioner().exec(op));
  }

  /** Adds whatever else. */
  Calls then(Kernel kernel) {
    calls.add(kernel);
    return this;
  }

  private Calls add(
      DynamicCustomOp op,
      long[] integers,
      double[] reals,
      boolean[] flags,
      INDArray output,
      INDArray... inputs) {
    OpContext context = Nd4j.getExecutioner().buildContext();
    for (int i = 0; i < inputs.length; i++) {
      context.setInputArray(i, inputs[i]);
    }
    context.setOutputArray(0, output);
    context.setIArguments(integers);
    context.setTArguments(reals);
    context.setBArguments(flags);
    return then(PreparedCall.of(op, context));
  }

  private static DynamicCustomOp custom(String name) {
    return DynamicCustomOp.builder(name).build();
  }

  @Override
  public void run() {
    for (int i = 0; i < calls.size(); i++) {
      calls.get(i).run();
    }
  }
}
