package io.peft4j.harness.metric;

/**
 * A metric's main value.
 *
 * @param name what was measured, such as {@code mIoU}
 * @param value the value; NaN if no valid pixel was seen
 * @param higherIsBetter direction
 */
public record Score(String name, double value, boolean higherIsBetter) {
  /** Whether this score is better than {@code other}; nothing is better than it was by NaN. */
  public boolean betterThan(Score other) {
    return higherIsBetter ? value > other.value : value < other.value;
  }
}
