package io.peft4j.harness.report;

import io.peft4j.harness.metric.Score;
import java.util.Locale;

/** How scores are written: fractions in percent, angles in degrees, with their direction. */
final class MetricText {
  private MetricText() {}

  /** Heading of a task's column, such as {@code semseg mIoU % ↑}. */
  static String heading(String task, Score score) {
    String unit = isFraction(score.name()) ? " %" : isAngle(score.name()) ? " °" : "";
    return task + " " + label(score.name()) + unit + (score.higherIsBetter() ? " ↑" : " ↓");
  }

  /** A value with the digits that its unit deserves. */
  static String value(Score score) {
    if (Double.isNaN(score.value())) {
      return "–";
    }
    if (isFraction(score.name())) {
      return String.format(Locale.ROOT, "%.2f", 100 * score.value());
    }
    return String.format(Locale.ROOT, isAngle(score.name()) ? "%.2f" : "%.3f", score.value());
  }

  private static String label(String name) {
    return name.replace('_', ' ');
  }

  private static boolean isFraction(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith("iou") || lower.equals("accuracy") || name.endsWith("F");
  }

  private static boolean isAngle(String name) {
    return name.endsWith("angle");
  }
}
