package io.peft4j.harness.data;

import com.google.common.primitives.Floats;
import java.util.List;

/**
 * The normalisation of ImageNet-trained backbones: {@code (x - mean)/std} per channel, x in [0, 1]
 * (reference-spec, section f).
 *
 * <p>Safe for use by several threads.
 */
public final class ImageNormalization {
  private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
  private static final float[] STD = {0.229f, 0.224f, 0.225f};

  private ImageNormalization() {}

  /** The mean of each channel. */
  public static List<Double> mean() {
    return numbers(MEAN);
  }

  /** The standard deviation of each channel. */
  public static List<Double> std() {
    return numbers(STD);
  }

  /** As they are written, not as they are rounded. */
  private static List<Double> numbers(float[] values) {
    return Floats.asList(values).stream().map(f -> Double.valueOf(Float.toString(f))).toList();
  }

  /**
   * Writes a normalised copy of an image.
   *
   * @param image planes red, green, blue, each {@code pixels} long, in [0, 1]
   * @param into where it goes, as planes
   * @param offset first index in {@code into}
   */
  public static void normalise(float[] image, float[] into, int offset) {
    int pixels = image.length / 3;
    for (int i = 0; i < image.length; i++) {
      int c = i / pixels;
      into[offset + i] = (image[i] - MEAN[c]) / STD[c];
    }
  }

  /** The value in [0, 1] of a normalised one, clamped. */
  public static float restore(float value, int channel) {
    return Math.min(1, Math.max(0, value * STD[channel] + MEAN[channel]));
  }
}
