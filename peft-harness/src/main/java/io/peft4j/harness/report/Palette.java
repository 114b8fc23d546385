package io.peft4j.harness.report;

import io.peft4j.harness.data.ScenesData;
import io.peft4j.harness.data.scenes.HumanPart;
import io.peft4j.harness.data.scenes.SceneClass;

/** Colours of classes and of numbers, 0xRRGGBB. */
final class Palette {
  private static final int BITS = 8;

  /** Coefficients of a fit of degree 6 to matplotlib's viridis, from constant to highest. */
  private static final double[][] VIRIDIS = {
    {0.2777273, 0.0054073, 0.3340998},
    {0.1050930, 1.4046135, 1.3845902},
    {-0.3308618, 0.2148476, 0.0950952},
    {-4.6342305, -5.7991010, -19.3324410},
    {6.2282700, 14.1799334, 56.6905526},
    {4.7763850, -13.7451454, -65.3530326},
    {-5.4354559, 4.6458526, 26.3124352}
  };

  private static final double[] COLD = {0.17, 0.40, 0.71};
  private static final double[] WARM = {0.78, 0.20, 0.18};

  private Palette() {}

  /**
   * Colours of a segmentation's classes: the data set's own where it has some, else PASCAL VOC's
   * colour map.
   */
  static int[] classes(String data, String task, int classes) {
    if (data.equals(ScenesData.ID) && task.equals("semseg") && classes == SceneClass.count()) {
      return SceneClass.colors();
    }
    if (task.equals("human_parts") && classes == HumanPart.count()) {
      return HumanPart.colors();
    }
    int[] colors = new int[classes];
    for (int c = 0; c < classes; c++) {
      colors[c] = voc(c);
    }
    return colors;
  }

  /** The bits of the label, dealt to the high bits of red, green and blue in turn. */
  private static int voc(int label) {
    int red = 0;
    int green = 0;
    int blue = 0;
    int rest = label;
    for (int bit = BITS - 1; bit >= 0 && rest > 0; bit--) {
      red |= (rest & 1) << bit;
      green |= (rest >> 1 & 1) << bit;
      blue |= (rest >> 2 & 1) << bit;
      rest >>= 3;
    }
    return rgb(red / 255.0, green / 255.0, blue / 255.0);
  }

  /** A perceptually even ramp from dark blue (0) to yellow (1). */
  static int ramp(double value) {
    double x = Math.min(1, Math.max(0, value));
    double[] channels = new double[3];
    for (int c = 0; c < channels.length; c++) {
      for (int degree = VIRIDIS.length - 1; degree >= 0; degree--) {
        channels[c] = channels[c] * x + VIRIDIS[degree][c];
      }
    }
    return rgb(channels[0], channels[1], channels[2]);
  }

  /** From blue (-1) over white (0) to red (1), pale enough for black letters but at the ends. */
  static int diverging(double value) {
    double x = Math.min(1, Math.max(-1, value));
    double[] end = x < 0 ? COLD : WARM;
    double share = Math.abs(x);
    return rgb(1 + share * (end[0] - 1), 1 + share * (end[1] - 1), 1 + share * (end[2] - 1));
  }

  static int grey(double value) {
    return rgb(value, value, value);
  }

  /** Red, green and blue in [0, 1]; clamped. */
  static int rgb(double red, double green, double blue) {
    return byteOf(red) << 16 | byteOf(green) << 8 | byteOf(blue);
  }

  private static int byteOf(double value) {
    return (int) Math.round(255 * Math.min(1, Math.max(0, value)));
  }
}
