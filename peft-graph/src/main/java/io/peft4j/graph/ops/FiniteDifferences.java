package io.peft4j.graph.ops;

import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Compares SameDiff's gradient with central finite differences; for graphs in double precision. */
public final class FiniteDifferences {
  /** Small enough for the fourth-order formula to be exact to rounding, and to miss most kinks. */
  private static final double STEP = 1e-4;

  /** Gradients below this part of the loss are compared by their difference alone. */
  private static final double FLOOR = 1e-5;

  private FiniteDifferences() {}

  /**
   * The worst error over some entries of a variable, relative to the largest of these entries'
   * gradients.
   *
   * <p>The difference quotient is {@code (8(f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12h}. The
   * loss becomes the only loss of the graph. The variable's array is changed and restored.
   *
   * @param loss name of a scalar variable
   * @param placeholders values of the placeholders; where {@code variable} is one, its array here
   * @param variable name of a placeholder or trainable variable of type DOUBLE
   * @param entries how many entries to check; all if there are no more
   * @param seed chooses the entries
   * @throws IllegalArgumentException if the variable is not of type DOUBLE or has no array
   */
  public static double check(
      SameDiff sd,
      String loss,
      Map<String, INDArray> placeholders,
      String variable,
      int entries,
      long seed) {
    SDVariable v = sd.getVariable(variable);
    INDArray array = v.isPlaceHolder() ? placeholders.get(variable) : v.getArr();
    if (array == null || array.dataType() != DataType.DOUBLE) {
      throw new IllegalArgumentException(
          "finite differences need an array of type DOUBLE for '" + variable + "'");
    }
    sd.setLossVariables(loss);
    INDArray gradient = sd.calculateGradients(placeholders, variable).get(variable);
    double base = value(sd, loss, placeholders);
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    long[] chosen =
        array.length() <= entries
            ? java.util.stream.LongStream.range(0, array.length()).toArray()
            : random.longs(0, array.length()).distinct().limit(entries).toArray();
    double worst = 0;
    double scale = FLOOR * Math.max(1, Math.abs(base));
    for (long i : chosen) {
      double analytic = gradient.getDouble(i);
      double numeric = difference(sd, loss, placeholders, array, i);
      scale = Math.max(scale, Math.max(Math.abs(analytic), Math.abs(numeric)));
      worst = Math.max(worst, Math.abs(analytic - numeric));
    }
    return worst / scale;
  }

  private static double difference(
      SameDiff sd, String loss, Map<String, INDArray> placeholders, INDArray array, long i) {
    double x = array.getDouble(i);
    double h = STEP * Math.max(1, Math.abs(x));
    double[] f = new double[4];
    double[] steps = {h, -h, 2 * h, -2 * h};
    for (int k = 0; k < steps.length; k++) {
      array.putScalar(i, x + steps[k]);
      f[k] = value(sd, loss, placeholders);
    }
    array.putScalar(i, x);
    return (8 * (f[0] - f[1]) - (f[2] - f[3])) / (12 * h);
  }

  private static double value(SameDiff sd, String loss, Map<String, INDArray> placeholders) {
    return sd.output(placeholders, loss).get(loss).getDouble(0);
  }
}
