package io.peft4j.harness.metric;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Intersection over union of each class over the whole data set, for semantic segmentation and
 * human parts: TP / (TP + FP + FN) over the pixels with ground truth, the prediction being the
 * class with the largest output.
 *
 * <p>{@code mIoU}, the main value, is the mean over <em>all</em> classes, background included, and
 * a class that neither occurs nor is predicted counts as 0, as in the MTLoRA and DiTASK code;
 * {@code mIoU_present} leaves such classes out. Both are fractions. An image whose labels are all
 * {@link Metric#IGNORE} contributes nothing, which is how human parts skips images without people.
 *
 * <p>Not safe for use by several threads; a second one is refused while one adds.
 */
public final class IouMetric extends StreamingMetric {
  private final int classes;
  private final long[] truePositives;
  private final long[] falsePositives;
  private final long[] falseNegatives;

  /** A metric for labels 0 to {@code classes} - 1. */
  public IouMetric(int classes) {
    if (classes < 2 || classes > IGNORE) {
      throw new InputException(
          "IoU over " + classes + " classes; from 2 to 255 are possible (255 marks no label)");
    }
    this.classes = classes;
    this.truePositives = new long[classes];
    this.falsePositives = new long[classes];
    this.falseNegatives = new long[classes];
  }

  @Override
  void add(INDArray prediction, INDArray target) {
    Maps maps = Maps.of(prediction, target, classes, 1);
    maps.requireClasses();
    int pixels = maps.pixels();
    for (int image = 0; image < maps.images(); image++) {
      int[] predicted = maps.largest(image);
      for (int pixel = 0; pixel < pixels; pixel++) {
        float label = maps.target()[image * pixels + pixel];
        if (label != IGNORE) {
          count(predicted[pixel], (int) label);
        }
      }
    }
  }

  private void count(int predicted, int actual) {
    if (predicted == actual) {
      truePositives[actual]++;
    } else {
      falsePositives[predicted]++;
      falseNegatives[actual]++;
    }
  }

  /** IoU of each class as a fraction; NaN where a class neither occurs nor is predicted. */
  public double[] perClass() {
    return IntStream.range(0, classes)
        .mapToDouble(c -> (double) truePositives[c] / union(c))
        .toArray();
  }

  private long union(int c) {
    return truePositives[c] + falsePositives[c] + falseNegatives[c];
  }

  @Override
  public ImmutableMap<String, Double> values() {
    double[] present = Arrays.stream(perClass()).filter(iou -> !Double.isNaN(iou)).toArray();
    double sum = Arrays.stream(present).sum();
    return ImmutableMap.of(
        "mIoU",
        present.length == 0 ? Double.NaN : sum / classes,
        "mIoU_present",
        sum / present.length);
  }

  @Override
  public String mainValue() {
    return "mIoU";
  }

  @Override
  public boolean higherIsBetter() {
    return true;
  }

  @Override
  public void reset() {
    Arrays.fill(truePositives, 0);
    Arrays.fill(falsePositives, 0);
    Arrays.fill(falseNegatives, 0);
  }
}
