package io.peft4j.harness.metric;

import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import java.util.Map;

/**
 * The papers' summary of a multi-task model: the mean over tasks of the change of its score against
 * that of a model trained for the task alone, in percent, positive being better.
 *
 * <pre>Δm = 100/T · Σ_t s_t (M_t − B_t) / B_t,   s_t = +1 if higher is better, else −1</pre>
 *
 * <p>Safe for use by several threads.
 */
public final class DeltaM {
  private DeltaM() {}

  /**
   * Δm in percent.
   *
   * @param scores main score of every task, by task; at least one
   * @param singleTask baselines by task; others than those of {@code scores} are not used
   * @return Δm; NaN if a score is NaN
   * @throws InputException if a baseline is missing, is zero, or measures something else
   */
  public static double percent(Map<String, Score> scores, Map<String, Score> singleTask) {
    if (scores.isEmpty()) {
      throw new InputException("Δm of no task: at least one score is needed");
    }
    double sum = 0;
    for (Map.Entry<String, Score> entry : scores.entrySet()) {
      String task = entry.getKey();
      Score baseline = singleTask.get(task);
      if (baseline == null) {
        throw new InputException(
            "Δm: no single-task score of '%s'%s"
                .formatted(task, NearestName.hint(task, singleTask.keySet())));
      }
      sum += relativeChange(task, entry.getValue(), baseline);
    }
    return 100 * sum / scores.size();
  }

  private static double relativeChange(String task, Score score, Score baseline) {
    if (!score.name().equals(baseline.name())
        || score.higherIsBetter() != baseline.higherIsBetter()) {
      throw new InputException(
          "Δm of '%s' compares %s with %s; both must measure the same"
              .formatted(task, score, baseline));
    }
    if (baseline.value() == 0) {
      throw new InputException(
          "Δm of '%s': the single-task score is 0, so no change relative to it exists"
              .formatted(task));
    }
    double change = (score.value() - baseline.value()) / baseline.value();
    return score.higherIsBetter() ? change : -change;
  }
}
