package io.peft4j.harness.metric;

import com.google.common.collect.ImmutableMap;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An accumulator over a data set: feed it batches, then ask for its values.
 *
 * <p>Sums are kept in double or as counts, so memory does not grow with the data and the values do
 * not depend on how images are batched. Values over no valid pixel are NaN: a zero would read as a
 * perfect error or as a failed accuracy. Not safe for use by several threads; a metric is fed by
 * one.
 */
public interface Metric {
  /** Marks a pixel without ground truth. */
  float IGNORE = 255f;

  /**
   * Adds a batch.
   *
   * @param prediction raw network output, [batch, channels, height, width], before any activation
   * @param target ground truth at the same size, [batch, 1 or 3, height, width] or [batch, height,
   *     width], {@link #IGNORE} where there is none
   * @throws io.peft4j.api.InputException if shapes do not fit or a label is out of range; nothing
   *     of the batch is counted then
   */
  void update(INDArray prediction, INDArray target);

  /** Every value by name, in a fixed order. */
  ImmutableMap<String, Double> values();

  /** The name among {@link #values()} by which methods are compared. */
  String mainValue();

  /** Whether a larger main value is better. */
  boolean higherIsBetter();

  /** Forgets everything. */
  void reset();

  /** The main value with its name and direction. */
  default Score score() {
    Double value = values().get(mainValue());
    if (value == null) {
      throw new IllegalStateException("no value is called " + mainValue());
    }
    return new Score(mainValue(), value, higherIsBetter());
  }
}
