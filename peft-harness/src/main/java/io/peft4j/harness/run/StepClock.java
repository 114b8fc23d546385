package io.peft4j.harness.run;

import com.google.common.collect.EvictingQueue;
import com.google.common.math.Quantiles;
import io.peft4j.graph.plan.Profile;
import io.peft4j.harness.metric.Score;
import io.peft4j.harness.train.TrainListener;
import java.util.List;
import java.util.Map;

/** Measures steps on their way to another listener. */
final class StepClock implements TrainListener {
  private static final double NANOS = 1e9;

  /** Enough for a median, and little to keep in every checkpoint. */
  private static final int REMEMBERED = 1000;

  private final TrainListener listener;
  private final EvictingQueue<Long> durations = EvictingQueue.create(REMEMBERED);
  private long last = System.nanoTime();
  private long steps;

  StepClock(TrainListener listener) {
    this.listener = listener;
  }

  /** Goes on from what an earlier part of the run had measured. */
  void restore(List<Long> nanos) {
    durations.addAll(nanos);
  }

  /** Durations of the last steps. */
  List<Long> nanos() {
    return List.copyOf(durations);
  }

  @Override
  public void resumed(long step, long all) {
    steps = step;
    listener.resumed(step, all);
  }

  @Override
  public void step(long step, long all, Map<String, Double> losses) {
    long now = System.nanoTime();
    durations.add(now - last);
    last = now;
    steps = step;
    listener.step(step, all, losses);
  }

  @Override
  public void warned(String warning) {
    listener.warned(warning);
  }

  @Override
  public boolean wantsProfile() {
    return listener.wantsProfile();
  }

  @Override
  public void profiled(List<Profile> profiles) {
    listener.profiled(profiles);
  }

  @Override
  public void evaluated(int epoch, Map<String, Score> scores) {
    listener.evaluated(epoch, scores);
  }

  long steps() {
    return steps;
  }

  /**
   * The median of the last ones, which evaluations and the first step's preparations between do not
   * move.
   */
  double secondsPerStep() {
    return durations.isEmpty() ? 0 : Quantiles.median().compute(durations) / NANOS;
  }
}
