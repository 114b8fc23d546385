package io.peft4j.ditask;

import io.peft4j.api.linalg.WeightRows;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Some rows of a weight that are decomposed together.
 *
 * @param name of the weight
 * @param weight all of it, {@code [rows, columns]}
 * @param from first row
 * @param to row after the last
 */
record WeightPart(String name, INDArray weight, int from, int to) {
  /** A number to which the time of a decomposition is about proportional. */
  double work() {
    double out = to - from;
    double in = weight.columns();
    return out * in * Math.min(out, in);
  }

  /**
   * The rows in double precision.
   *
   * @throws io.peft4j.api.InputException if an entry is not finite
   */
  double[][] rows() {
    return WeightRows.of(name, weight, from, to);
  }
}
