package io.peft4j.benchmarks.measure;

import io.peft4j.benchmarks.work.Bench;
import java.util.ArrayList;
import java.util.List;

/** Times steps. */
public final class Clock {
  private Clock() {}

  /** Milliseconds of each of {@code repeats} steps, after {@code warmup} that are not counted. */
  public static List<Double> millis(Bench bench, int warmup, int repeats) {
    for (int i = 0; i < warmup; i++) {
      bench.step();
    }
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < repeats; i++) {
      millis.add(bench.stepMillis());
    }
    return millis;
  }
}
