package io.peft4j.harness.run;

import com.google.common.math.Quantiles;
import io.peft4j.graph.plan.Profile;
import io.peft4j.harness.metric.Score;
import io.peft4j.harness.train.TrainListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Measures steps on their way to another listener. */
final class StepClock implements TrainListener {
  private static final double NANOS = 1e9;

  private final TrainListener listener;
  private final List<Long> durations = new ArrayList<>();
  private long last = System.nanoTime();
  private long steps;

  StepClock(TrainListener listener) {
    this.listener = listener;
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

  /** The median, which evaluations and the first step's preparations between do not move. */
  double secondsPerStep() {
    return durations.isEmpty() ? 0 : Quantiles.median().compute(durations) / NANOS;
  }
}
