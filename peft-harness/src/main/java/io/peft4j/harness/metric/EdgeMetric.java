package io.peft4j.harness.metric;

import com.google.common.collect.ImmutableMap;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Edges from one logit per pixel; a pixel is a true edge if its label is at least 0.5, and {@link
 * Metric#IGNORE} is left out.
 *
 * <ul>
 *   <li>{@code odsF}, the main value: the F measure at the best of the thresholds 0.05, 0.10, ...,
 *       0.95, one threshold for the whole data set. A predicted edge is right if a true edge lies
 *       within 0.75 % of the image diagonal, and a true edge is found if a predicted one does. It
 *       approximates the Berkeley benchmark's ODS-F from above: predictions are not thinned and
 *       several predicted pixels may match one true pixel.
 *   <li>{@code loss}: the class-balanced cross-entropy with weight 0.95 of true edges, averaged
 *       over pixels. It is all that the MTLoRA and DiTASK code reports of edges, where it is taken
 *       of probabilities as if they were logits; here it is taken of the logits.
 * </ul>
 *
 * <p>Not safe for use by several threads; a second one is refused while one adds.
 */
public final class EdgeMetric extends StreamingMetric {
  private static final double TOLERANCE = 0.0075;
  private static final double POSITIVE_WEIGHT = 0.95;
  private static final float EDGE = 0.5f;

  /** Predicted pixels: positive where a true edge is near. */
  private final Thresholds predicted = new Thresholds(1, 19);

  /** True edges, by the largest probability near them. */
  private final Thresholds actual = new Thresholds(1, 19);

  private double lossSum;
  private long pixels;

  @Override
  void add(INDArray prediction, INDArray target) {
    Maps maps = Maps.of(prediction, target, 1, 1);
    maps.requireTargets(
        label -> label >= 0 && label <= 1, "neither between 0 and 1 nor 255 (ignored)");
    int radius = (int) (TOLERANCE * Math.hypot(maps.height(), maps.width()));
    double[] probability = new double[maps.pixels()];
    for (int image = 0; image < maps.images(); image++) {
      int start = image * maps.pixels();
      for (int i = 0; i < probability.length; i++) {
        float label = maps.target()[start + i];
        float logit = maps.prediction()[start + i];
        // An ignored pixel is no prediction: it can neither be wrong nor find a true edge.
        probability[i] = label == IGNORE ? 0 : Maps.sigmoid(logit);
        if (label != IGNORE) {
          addLoss(logit, label >= EDGE);
        }
      }
      match(maps, start, probability, radius);
    }
  }

  private void addLoss(double logit, boolean edge) {
    // log(1 + e^-z) without overflow, z being the logit of what is true.
    double z = edge ? logit : -logit;
    double loss = Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
    lossSum += (edge ? POSITIVE_WEIGHT : 1 - POSITIVE_WEIGHT) * loss;
    pixels++;
  }

  private void match(Maps maps, int start, double[] probability, int radius) {
    boolean[] nearEdge = new boolean[maps.pixels()];
    for (int i = 0; i < nearEdge.length; i++) {
      if (isEdge(maps.target()[start + i])) {
        actual.add(lookAround(maps, i, probability, nearEdge, radius), true);
      }
    }
    for (int i = 0; i < nearEdge.length; i++) {
      if (maps.target()[start + i] != IGNORE) {
        predicted.add(probability[i], nearEdge[i]);
      }
    }
  }

  private static boolean isEdge(float label) {
    return label != IGNORE && label >= EDGE;
  }

  /** Marks the disk around a true edge and returns the largest probability in it. */
  private static double lookAround(
      Maps maps, int at, double[] probability, boolean[] nearEdge, int radius) {
    int row = at / maps.width();
    int column = at % maps.width();
    double largest = 0;
    for (int y = Math.max(0, row - radius); y <= Math.min(maps.height() - 1, row + radius); y++) {
      int reach = (int) Math.sqrt(radius * radius - (y - row) * (y - row));
      int last = Math.min(maps.width() - 1, column + reach);
      for (int x = Math.max(0, column - reach); x <= last; x++) {
        int i = y * maps.width() + x;
        nearEdge[i] = true;
        largest = Math.max(largest, probability[i]);
      }
    }
    return largest;
  }

  @Override
  public ImmutableMap<String, Double> values() {
    double best = pixels == 0 ? Double.NaN : 0;
    for (int i = 0; i < predicted.count(); i++) {
      double right = predicted.truePositives(i);
      double precision = Thresholds.ratio(right, right + predicted.falsePositives(i));
      double recall = Thresholds.ratio(actual.truePositives(i), actual.positives());
      best = Math.max(best, Thresholds.fMeasure(precision, recall, 1));
    }
    return ImmutableMap.of("odsF", best, "loss", lossSum / pixels);
  }

  @Override
  public String mainValue() {
    return "odsF";
  }

  @Override
  public boolean higherIsBetter() {
    return true;
  }

  @Override
  public void reset() {
    predicted.reset();
    actual.reset();
    lossSum = 0;
    pixels = 0;
  }
}
