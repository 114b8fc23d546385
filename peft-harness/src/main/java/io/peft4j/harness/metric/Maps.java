package io.peft4j.harness.metric;

import io.peft4j.api.InputException;
import java.util.Arrays;
import java.util.function.DoublePredicate;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A batch of predicted and true maps as plain arrays, so that metrics are loops over pixels.
 *
 * @param prediction values [image, channel, pixel], row-major
 * @param target values [image, target channel, pixel], row-major
 * @param images number of images
 * @param channels channels of the prediction
 * @param height rows of a map
 * @param width columns of a map
 */
record Maps(float[] prediction, float[] target, int images, int channels, int height, int width) {

  /**
   * Checks the shapes: both [b, ., h, w] with these channels; a target of one channel may lack that
   * dimension.
   */
  static Maps of(INDArray prediction, INDArray target, int channels, int targetChannels) {
    requireChannels("prediction", prediction, channels);
    INDArray truth =
        targetChannels == 1 && target.rank() == 3
            ? target.reshape(target.size(0), 1, target.size(1), target.size(2))
            : target;
    requireChannels("target", truth, targetChannels);
    for (int axis : new int[] {0, 2, 3}) {
      if (prediction.size(axis) != truth.size(axis)) {
        throw new InputException(
            "metric: prediction %s and target %s differ in dimension %d; resize the prediction"
                .formatted(
                    Arrays.toString(prediction.shape()), Arrays.toString(target.shape()), axis));
      }
    }
    return new Maps(
        floats(prediction),
        floats(truth),
        Math.toIntExact(prediction.size(0)),
        channels,
        Math.toIntExact(prediction.size(2)),
        Math.toIntExact(prediction.size(3)));
  }

  /** Pixels of one map. */
  int pixels() {
    return height * width;
  }

  /** Index of the first pixel of a predicted map. */
  int predictionStart(int image, int channel) {
    return (image * channels + channel) * pixels();
  }

  /** The first channel with the largest output, pixel by pixel of an image. */
  int[] largest(int image) {
    int[] best = new int[pixels()];
    int first = predictionStart(image, 0);
    float[] largest = Arrays.copyOfRange(prediction, first, first + best.length);
    // Channel by channel, as the data lies in memory.
    for (int channel = 1; channel < channels; channel++) {
      int start = predictionStart(image, channel);
      for (int pixel = 0; pixel < best.length; pixel++) {
        float value = prediction[start + pixel];
        if (value > largest[pixel]) {
          largest[pixel] = value;
          best[pixel] = channel;
        }
      }
    }
    return best;
  }

  /** Refuses targets that are neither a class, as many as channels, nor ignored. */
  void requireClasses() {
    requireTargets(
        label -> label == Math.rint(label) && label >= 0 && label < channels,
        "neither a class from 0 to %d (%d classes) nor 255 (ignored)"
            .formatted(channels - 1, channels));
  }

  /**
   * Refuses a batch in which a target is not what it can be; to be asked before anything is
   * counted.
   *
   * @param wrong for the message: what it is not
   */
  void requireTargets(DoublePredicate allowed, String wrong) {
    for (float label : target) {
      if (label != Metric.IGNORE && !allowed.test(label)) {
        throw new InputException("metric: label %s is %s".formatted(label, wrong));
      }
    }
  }

  static double sigmoid(double logit) {
    return 1 / (1 + Math.exp(-logit));
  }

  private static void requireChannels(String what, INDArray array, int channels) {
    if (array.rank() != 4 || array.size(1) != channels) {
      throw new InputException(
          "metric: %s has shape %s, but [batch, %d, height, width] is needed"
              .formatted(what, Arrays.toString(array.shape()), channels));
    }
  }

  private static float[] floats(INDArray array) {
    // The copy brings views and column-major arrays into row-major order.
    return array.isEmpty() ? new float[0] : array.dup('c').data().asFloat();
  }
}
