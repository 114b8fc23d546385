package io.peft4j.harness.run;

import io.peft4j.harness.metric.Score;
import io.peft4j.harness.train.Evaluator;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the best of a run's evaluations, tasks counting alike whatever their units.
 *
 * <p>An evaluation M is compared with the best so far, B, by the mean over tasks of
 *
 * <pre>s_t (M_t − B_t) / max(|M_t|, |B_t|),   s_t = +1 if higher is better, else −1</pre>
 *
 * <p>(0 where both are 0); it becomes the best if that is positive, and on a tie, being later.
 */
final class BestEvaluation {
  private @Nullable Best best;

  /**
   * The best evaluation of a run so far.
   *
   * @param epoch after how many epochs it was made
   * @param step after how many steps
   */
  record Best(int epoch, long step, Evaluator.Evaluation evaluation) {
    Best {
      Objects.requireNonNull(evaluation);
    }
  }

  /** Takes note of an evaluation; true if it is the best now. */
  boolean offer(int epoch, long step, Evaluator.Evaluation evaluation) {
    if (best != null && gain(evaluation.scores(), best.evaluation.scores()) < 0) {
      return false;
    }
    best = new Best(epoch, step, evaluation);
    return true;
  }

  /** The best so far, null if there was none. */
  @Nullable Best best() {
    return best;
  }

  /** Goes on from the best of an earlier part of the run. */
  void restore(@Nullable Best before) {
    best = before;
  }

  /** Epoch of the best evaluation, 0 if there was none. */
  int epoch() {
    return best == null ? 0 : best.epoch;
  }

  private static double gain(Map<String, Score> scores, Map<String, Score> than) {
    double sum = 0;
    for (Map.Entry<String, Score> entry : scores.entrySet()) {
      double value = entry.getValue().value();
      double other = than.get(entry.getKey()).value();
      double largest = Math.max(Math.abs(value), Math.abs(other));
      // A value over no valid pixel is NaN both times and says nothing.
      if (largest > 0) {
        sum += (entry.getValue().higherIsBetter() ? 1 : -1) * (value - other) / largest;
      }
    }
    return sum;
  }
}
