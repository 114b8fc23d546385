package io.peft4j.benchmarks.product;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.factory.Nd4j;

/** A product by ND4J's operation, which may hand it to oneDNN. */
final class BackendProduct implements Runnable {
  private final CustomOp op;

  /** Prepared once, as an executor does: what is measured is the product alone. */
  private final OpContext context;

  BackendProduct(Product p, INDArray a, INDArray b, INDArray c) {
    op = DynamicCustomOp.builder("matmul").build();
    context = Nd4j.getExecutioner().buildContext();
    context.setInputArray(0, a);
    context.setInputArray(1, b);
    context.setOutputArray(0, c);
    context.setIArguments(p.transposeA() ? 1 : 0, p.transposeB() ? 1 : 0, 0);
    context.setTArguments(1, 0);
  }

  @Override
  public void run() {
    Nd4j.getExecutioner().exec(op, context);
  }
}
