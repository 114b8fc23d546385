package io.peft4j.harness.train;

import io.peft4j.graph.plan.Profile;
import io.peft4j.harness.metric.Score;
import java.util.List;
import java.util.Map;

/**
 * Hears how a training goes; every call is optional.
 *
 * <p>Not safe for use by several threads; calls come from the thread that trains.
 */
public interface TrainListener {
  /** Hears nothing. */
  TrainListener NONE = new TrainListener() {};

  /**
   * Training goes on where it stopped before.
   *
   * @param step steps that were done before
   * @param steps steps in all
   */
  default void resumed(long step, long steps) {}

  /**
   * A step is done.
   *
   * @param step steps done so far
   * @param steps steps in all
   * @param losses unweighted losses by task, and their weighted sum as {@code loss}
   */
  default void step(long step, long steps, Map<String, Double> losses) {}

  /** Something may be wrong, and training goes on; told once, and not again when it is resumed. */
  default void warned(String warning) {}

  /** True if each instruction shall be timed; asked once, before the first step. */
  default boolean wantsProfile() {
    return false;
  }

  /** Training is over; where its time went, by plan, if that was wanted. */
  default void profiled(List<Profile> profiles) {}

  /** An evaluation is done, after {@code epoch} epochs. */
  default void evaluated(int epoch, Map<String, Score> scores) {}
}
