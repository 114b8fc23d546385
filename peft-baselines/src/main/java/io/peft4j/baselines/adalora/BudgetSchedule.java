package io.peft4j.baselines.adalora;

/**
 * How many triplets stay, step by step (Zhang et al. 2023, eq. 12): all while warming up, then a
 * cubic decrease, then the target.
 *
 * @param start triplets at the start
 * @param target triplets at the end
 * @param config steps
 */
record BudgetSchedule(int start, int target, AdaLoraConfig config) {

  /** Triplets that stay after a step, counted from 1. */
  int budget(long step) {
    long first = config.warmupSteps();
    long last = fixedFrom();
    if (step <= first) {
      return start;
    }
    if (step > last) {
      return target;
    }
    double left = 1 - (double) (step - first) / (last - first);
    return (int) ((start - target) * left * left * left + target);
  }

  /** True if triplets are chosen anew after this step: at intervals, and for the last time. */
  boolean chooses(long step) {
    boolean pruning = step > config.warmupSteps() && step < fixedFrom();
    return step == fixedFrom() || (pruning && step % config.interval() == 0);
  }

  /** True if the last choice holds. */
  boolean isFixed(long step) {
    return step > fixedFrom();
  }

  private long fixedFrom() {
    return config.totalSteps() - config.finalSteps();
  }
}
