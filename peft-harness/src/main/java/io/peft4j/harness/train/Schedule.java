package io.peft4j.harness.train;

/**
 * A learning rate for every step; a pure function, so training resumes where it stopped.
 *
 * <p>Safe for use by several threads.
 */
@FunctionalInterface
public interface Schedule {
  /**
   * The learning rate of an update.
   *
   * @param step number of updates made before this one, from 0
   */
  double learningRate(long step);
}
