package io.peft4j.graph.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A use of one operation on inputs of given shapes.
 *
 * @param op name of the operation or method that is tried
 * @param positive whether inputs must be positive
 */
record OpCase(String op, boolean positive, Body body, long[]... shapes) {
  /** Builds the use. */
  @FunctionalInterface
  interface Body {
    SDVariable build(SameDiff sd, AuditedOps ops, SDVariable[] x);
  }

  /** A graph with the use: inputs x0, x1, …, the result y, and a scalar loss that weighs y. */
  record Built(SameDiff sd, List<String> inputs, String result, String loss) {}

  Built build() {
    SameDiff sd = SameDiff.create();
    Random random = new Random(Arrays.deepHashCode(shapes) * 31L + op.hashCode());
    SDVariable[] x = new SDVariable[shapes.length];
    List<String> names = new ArrayList<>();
    for (int i = 0; i < x.length; i++) {
      x[i] = sd.var("x" + i, values(random, positive, shapes[i]));
      names.add(x[i].name());
    }
    SDVariable y = body.build(sd, new AuditedOps(sd), x);
    long[] shape = sd.output(java.util.Map.<String, INDArray>of(), y.name()).get(y.name()).shape();
    SDVariable weights = sd.constant("weights", values(random, false, shape));
    SDVariable weighted = y.mul(weights);
    return new Built(sd, names, y.name(), weighted.sum().name());
  }

  /** Values away from 0, where many functions have a kink, and without ties. */
  static INDArray values(Random random, boolean positive, long... shape) {
    INDArray array = Nd4j.zeros(DataType.DOUBLE, shape);
    for (long i = 0; i < array.length(); i++) {
      double size = 0.3 + 1.4 * random.nextDouble();
      array.putScalar(i, positive || random.nextBoolean() ? size : -size);
    }
    return array;
  }

  @Override
  public String toString() {
    return op + " " + Arrays.deepToString(shapes);
  }
}
