package io.peft4j.harness.metric;

import java.util.Arrays;

/**
 * Pixels counted by how many thresholds their probability exceeds: one pass gives the confusion at
 * every threshold. The thresholds are {@code first/20, (first+1)/20, ...}.
 */
final class Thresholds {
  private static final int STEPS_PER_UNIT = 20;

  private final double[] thresholds;
  private final long[] positives;
  private final long[] negatives;

  /** The thresholds first/20 to last/20. */
  Thresholds(int first, int last) {
    thresholds = new double[last - first + 1];
    for (int i = 0; i < thresholds.length; i++) {
      // One rounding each: sums of 0.05 would miss 0.5, where an untrained output lies.
      thresholds[i] = (double) (first + i) / STEPS_PER_UNIT;
    }
    positives = new long[thresholds.length + 1];
    negatives = new long[thresholds.length + 1];
  }

  int count() {
    return thresholds.length;
  }

  double threshold(int i) {
    return thresholds[i];
  }

  /** Counts one pixel. */
  void add(double probability, boolean positive) {
    int exceeded = 0;
    while (exceeded < thresholds.length && probability > thresholds[exceeded]) {
      exceeded++;
    }
    (positive ? positives : negatives)[exceeded]++;
  }

  /** True pixels with a probability above threshold {@code i}. */
  long truePositives(int i) {
    return above(positives, i);
  }

  /** False pixels with a probability above threshold {@code i}. */
  long falsePositives(int i) {
    return above(negatives, i);
  }

  /** All true pixels. */
  long positives() {
    return above(positives, -1);
  }

  /** All pixels. */
  long total() {
    return positives() + above(negatives, -1);
  }

  void reset() {
    Arrays.fill(positives, 0);
    Arrays.fill(negatives, 0);
  }

  private static long above(long[] histogram, int i) {
    long sum = 0;
    for (int exceeded = i + 1; exceeded < histogram.length; exceeded++) {
      sum += histogram[exceeded];
    }
    return sum;
  }

  /** {@code a / b}, and 0 where nothing was counted. */
  static double ratio(double a, double b) {
    return b == 0 ? 0 : a / b;
  }

  /** (1+β²)PR / (β²P+R), and 0 where both are 0. */
  static double fMeasure(double precision, double recall, double betaSquared) {
    return ratio((1 + betaSquared) * precision * recall, betaSquared * precision + recall);
  }
}
