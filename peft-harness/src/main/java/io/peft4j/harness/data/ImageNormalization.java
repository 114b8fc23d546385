package io.peft4j.harness.data;

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
