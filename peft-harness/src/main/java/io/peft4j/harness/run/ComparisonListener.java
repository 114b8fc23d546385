package io.peft4j.harness.run;

/**
 * Hears how a comparison goes. Work is in units that take about equally long.
 *
 * <p>Not safe for use by several threads; calls come from the thread that compares.
 */
public interface ComparisonListener {
  /** Hears nothing. */
  ComparisonListener NONE = new ComparisonListener() {};

  /** All that is to be done, finished runs excluded. */
  default void planned(long work) {}

  /** A run begins. */
  default void started(String run) {}

  /** Work done since the last call. */
  default void worked(long work) {}

  /**
   * A run is done.
   *
   * @param reused whether its result was there already
   */
  default void finished(String run, RunResult result, boolean reused) {}
}
