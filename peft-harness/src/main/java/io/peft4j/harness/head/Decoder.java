package io.peft4j.harness.head;

import io.peft4j.api.routing.Task;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/** Builds the head of one task on its features. */
public interface Decoder {
  /** Name on the command line. */
  String id();

  /**
   * Refuses tasks that it is not for, before anything is emitted.
   *
   * @throws io.peft4j.api.InputException naming what does not fit
   */
  default void check(List<Task> tasks) {}

  /**
   * Emits reducers and head.
   *
   * @return the raw prediction {@code [batch, task channels, height, width]}, of the size that the
   *     input asks for
   */
  Head emit(HeadInput input);

  /**
   * A head.
   *
   * @param prediction {@code [batch, channels, height, width]}
   * @param statistics running statistics to be updated after each training step
   */
  record Head(SDVariable prediction, List<RunningStatistic> statistics) {}

  /**
   * Running statistics of a batch norm: {@code new = 0.9·old + 0.1·batch}, the variance unbiased.
   *
   * @param runningMean buffer {@code [1, channels]}
   * @param runningVariance buffer {@code [1, channels]}
   * @param batchMean variable of the batch's mean
   * @param batchVariance variable of the batch's biased variance
   * @param rows rows per image that the statistics are taken over
   */
  record RunningStatistic(
      String runningMean,
      String runningVariance,
      String batchMean,
      String batchVariance,
      int rows) {
    /** PyTorch's default momentum. */
    public static final double MOMENTUM = 0.1;
  }
}
