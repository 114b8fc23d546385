package io.peft4j.harness.cli;

import io.peft4j.harness.metric.Score;
import io.peft4j.harness.train.Evaluator;
import java.util.Locale;

/** Scores and values as lines for people. */
final class ScoreLines {
  private ScoreLines() {}

  static String of(Evaluator.Evaluation evaluation) {
    Columns columns = new Columns("", 2);
    evaluation
        .values()
        .forEach(
            (task, values) ->
                values.forEach(
                    (name, value) ->
                        columns.row(
                            task,
                            name,
                            String.format(Locale.ROOT, "%.4f", value),
                            isMain(evaluation, task, name) ? "main" : "")));
    return columns.toString();
  }

  private static boolean isMain(Evaluator.Evaluation evaluation, String task, String name) {
    Score score = evaluation.scores().get(task);
    return score != null && score.name().equals(name);
  }
}
