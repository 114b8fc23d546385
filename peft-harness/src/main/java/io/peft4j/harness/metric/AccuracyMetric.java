package io.peft4j.harness.metric;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Classification: share of labels whose class has the largest output, the first one where several
 * have; {@link Metric#IGNORE} is left out.
 *
 * <p>An example has one label, {@code [batch]} or {@code [batch, 1]} for outputs {@code [batch,
 * classes]}, or one a pixel, {@code [batch, 1, height, width]} or {@code [batch, height, width]}
 * for outputs {@code [batch, classes, height, width]}. Outputs {@code [batch, classes, 1, 1]} take
 * either form.
 *
 * <p>Not safe for use by several threads; a second one is refused while one adds.
 */
public final class AccuracyMetric extends StreamingMetric {
  private static final int ANY = 0;

  private final int classes;
  private long seen;
  private long right;

  /** A metric for as many classes as the outputs have channels. */
  public AccuracyMetric() {
    this.classes = ANY;
  }

  /** A metric for labels 0 to {@code classes} - 1. */
  public AccuracyMetric(int classes) {
    if (classes < 1 || classes > IGNORE) {
      throw new InputException(
          "accuracy over " + classes + " classes; from 1 to 255 are possible (255 marks no label)");
    }
    this.classes = classes;
  }

  @Override
  void add(INDArray prediction, INDArray target) {
    INDArray scores = asMaps(prediction, 2);
    if (scores.rank() != 4) {
      throw new InputException(
          "metric: prediction has shape %s, but [batch, classes] or [batch, classes, height, width] is needed"
              .formatted(Arrays.toString(prediction.shape())));
    }
    int channels = classes == ANY ? Math.toIntExact(scores.size(1)) : classes;
    boolean onePixel = scores.size(2) == 1 && scores.size(3) == 1;
    INDArray labels = onePixel ? asMaps(asMaps(target, 1), 2) : target;
    Maps maps = Maps.of(scores, labels, channels, 1);
    maps.requireClasses();
    for (int image = 0; image < maps.images(); image++) {
      int[] best = maps.largest(image);
      for (int pixel = 0; pixel < best.length; pixel++) {
        float label = maps.target()[image * best.length + pixel];
        if (label != IGNORE) {
          seen++;
          right += best[pixel] == (int) label ? 1 : 0;
        }
      }
    }
  }

  /** An array of this rank with ones behind: a map of one pixel; any other is left as it is. */
  private static INDArray asMaps(INDArray array, int rank) {
    return array.rank() == rank
        ? array.reshape(array.size(0), rank == 1 ? 1 : array.size(1), 1, 1)
        : array;
  }

  @Override
  public ImmutableMap<String, Double> values() {
    return ImmutableMap.of("accuracy", seen == 0 ? Double.NaN : (double) right / seen);
  }

  @Override
  public String mainValue() {
    return "accuracy";
  }

  @Override
  public boolean higherIsBetter() {
    return true;
  }

  @Override
  public void reset() {
    seen = 0;
    right = 0;
  }
}
