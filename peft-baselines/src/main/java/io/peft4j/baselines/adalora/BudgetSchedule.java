package io.peft4j.baselines.adalora;

/**
 * How many triplets stay, step by step (Zhang et al. 2023, eq. 12): all while warming up, then a
 * cubic decrease, then the target.
 *
 * @param start triplets at the start, b⁽⁰⁾
 * @param target triplets at the end, b⁽ᵀ⁾
 * @param warmupSteps steps before the first triplet is pruned, tᵢ
 * @param fixedFrom step of the last choice, T - t_f
 * @param interval steps between two choices, Δ_T
 */
record BudgetSchedule(int start, int target, long warmupSteps, long fixedFrom, long interval) {

  /** Against 0.29·100 being a little less than 29. */
  private static final double ROUNDING = 1e-9;

  /** The schedule of a training of {@code steps} optimizer steps for one adapted model. */
  static BudgetSchedule of(AdaLoraConfig config, int sites, long steps) {
    // Rounded down, so that there is a step between the two.
    return new BudgetSchedule(
        config.initialRank() * sites,
        config.targetRank() * sites,
        (long) (config.warmup() * steps + ROUNDING),
        steps - (long) (config.fixed() * steps + ROUNDING),
        config.interval());
  }

  /** Triplets that stay after a step, counted from 1. */
  int budget(long step) {
    if (step <= warmupSteps) {
      return start;
    }
    if (step > fixedFrom) {
      return target;
    }
    double left = 1 - (double) (step - warmupSteps) / (fixedFrom - warmupSteps);
    return (int) ((start - target) * left * left * left + target);
  }

  /** True if triplets are chosen anew after this step: at intervals, and for the last time. */
  boolean chooses(long step) {
    boolean pruning = step > warmupSteps && step < fixedFrom;
    return step == fixedFrom || (pruning && step % interval == 0);
  }

  /** True if the last choice holds. */
  boolean isFixed(long step) {
    return step > fixedFrom;
  }
}
