package io.peft4j.harness.metric;

import io.peft4j.api.InputException;
import java.util.Arrays;
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

  /** Checks the shapes: both [b, ., h, w] with these channels. */
  static Maps of(INDArray prediction, INDArray target, int channels, int targetChannels) {
    requireChannels("prediction", prediction, channels);
    requireChannels("target", target, targetChannels);
    for (int axis : new int[] {0, 2, 3}) {
      if (prediction.size(axis) != target.size(axis)) {
        throw new InputException(
            "metric: prediction %s and target %s differ in dimension %d; resize the prediction"
                .formatted(
                    Arrays.toString(prediction.shape()), Arrays.toString(target.shape()), axis));
      }
    }
    return new Maps(
        floats(prediction),
        floats(target),
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
