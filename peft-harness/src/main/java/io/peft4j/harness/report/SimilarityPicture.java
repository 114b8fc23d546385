package io.peft4j.harness.report;

import io.peft4j.grouping.Similarity;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/**
 * Similarities of tasks as a heat map with values, red for tasks that agree and blue for tasks that
 * conflict. Colours span the largest similarity of two tasks, which a scale beside the map tells.
 */
public final class SimilarityPicture {
  private static final int CELL = 64;
  private static final int MARGIN = 16;
  private static final int GAP = 8;
  private static final int SCALE_WIDTH = 18;
  private static final int SCALE_TEXT = 56;
  private static final Color ITSELF = new Color(0xe4e4e4);

  /** Above this share of the range a colour wants white letters. */
  private static final double DARK = 0.6;

  private final Similarity similarity;
  private final double range;
  private final int left;
  private final int top;

  private SimilarityPicture(Similarity similarity) {
    this.similarity = similarity;
    this.range = range(similarity);
    int names = similarity.tasks().stream().mapToInt(Canvas::width).max().orElse(0);
    this.left = MARGIN + names + GAP;
    int rise = isUpright(names) ? Canvas.TEXT : (int) Math.ceil(names * Math.sqrt(0.5)) + GAP;
    this.top = MARGIN + Canvas.TEXT + GAP + rise + GAP;
  }

  /** The picture. */
  public static BufferedImage paint(Similarity similarity) {
    SimilarityPicture picture = new SimilarityPicture(similarity);
    int side = similarity.size() * CELL;
    int title = 2 * MARGIN + Canvas.width(title(similarity));
    int width = picture.left + side + MARGIN + SCALE_WIDTH + SCALE_TEXT + MARGIN;
    return Canvas.paint(Math.max(width, title), picture.top + side + MARGIN, picture::paint);
  }

  /** The largest similarity of two tasks, rounded up to 1, 2 or 5 of its decimal. */
  static double range(Similarity similarity) {
    double most = similarity.pairs().values().stream().mapToDouble(Math::abs).max().orElse(0);
    double decade = 1e-3;
    for (; decade < 1; decade *= 10) {
      for (double step : new double[] {1, 2, 5}) {
        if (most <= step * decade) {
          return step * decade;
        }
      }
    }
    return 1;
  }

  private static String title(Similarity similarity) {
    return "Similarity of %d tasks: mean cosine of gradients".formatted(similarity.size());
  }

  private static boolean isUpright(int names) {
    return names < CELL;
  }

  private void paint(Canvas canvas) {
    canvas.title(title(similarity), MARGIN, MARGIN + Canvas.TEXT / 2.0);
    List<String> tasks = similarity.tasks();
    boolean upright = isUpright(left - MARGIN - GAP);
    for (int i = 0; i < tasks.size(); i++) {
      double middle = (i + 0.5) * CELL;
      canvas.textBefore(tasks.get(i), left - GAP, top + middle, Canvas.INK);
      if (upright) {
        canvas.textAround(tasks.get(i), left + middle, top - GAP - Canvas.TEXT / 2.0, Canvas.INK);
      } else {
        canvas.textRising(tasks.get(i), left + middle, top - GAP, Canvas.INK);
      }
      for (int j = 0; j < tasks.size(); j++) {
        cell(canvas, i, j);
      }
    }
    scale(canvas);
  }

  private void cell(Canvas canvas, int row, int column) {
    double x = left + column * CELL;
    double y = top + row * CELL;
    double value = similarity.between(row, column);
    boolean itself = row == column;
    canvas.rectangle(x, y, CELL - 1.0, CELL - 1.0, itself ? ITSELF : color(value));
    Color letters = !itself && Math.abs(value) > DARK * range ? Color.WHITE : Canvas.INK;
    String text = itself ? "1" : number(value);
    canvas.textAround(text, x + CELL / 2.0, y + CELL / 2.0, itself ? Canvas.FAINT : letters);
  }

  private void scale(Canvas canvas) {
    int side = similarity.size() * CELL;
    double x = left + side + MARGIN;
    for (int y = 0; y < side; y++) {
      canvas.rectangle(x, top + y, SCALE_WIDTH, 1.5, color(range * (1 - 2.0 * y / (side - 1))));
    }
    double text = x + SCALE_WIDTH + GAP / 2.0;
    canvas.text(number(range), text, top + Canvas.TEXT / 2.0, Canvas.FAINT);
    canvas.text("0", text, top + side / 2.0, Canvas.FAINT);
    canvas.text(number(-range), text, top + side - Canvas.TEXT / 2.0, Canvas.FAINT);
  }

  private Color color(double value) {
    return new Color(Palette.diverging(value / range));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value).replace('-', '−');
  }
}
