package io.peft4j.harness.train;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;

/**
 * Parameters that share their settings.
 *
 * @param parameters the parameters
 * @param learningRateScale factor on the schedule's learning rate
 * @param weightDecay decay per step and unit of learning rate, for those parameters that decay
 */
public record ParameterGroup(
    ImmutableList<Trainable> parameters, double learningRateScale, double weightDecay) {
  /** Checks the ranges. */
  public ParameterGroup {
    if (!(learningRateScale >= 0) || Double.isInfinite(learningRateScale)) {
      throw new InputException(
          "learning-rate scale " + learningRateScale + " must be a number from 0 up");
    }
    if (!(weightDecay >= 0) || Double.isInfinite(weightDecay)) {
      throw new InputException("weight decay " + weightDecay + " must be a number from 0 up");
    }
  }
}
