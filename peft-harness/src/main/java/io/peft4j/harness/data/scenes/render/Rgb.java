package io.peft4j.harness.data.scenes.render;

/**
 * A colour in linear light.
 *
 * @param r red, at least 0
 * @param g green
 * @param b blue
 */
public record Rgb(double r, double g, double b) {
  /** White of full strength. */
  public static final Rgb WHITE = new Rgb(1, 1, 1);

  /** Components must be finite and not negative. */
  public Rgb {
    double least = Math.min(r, Math.min(g, b));
    if (!(least >= 0) || Double.isInfinite(r + g + b)) {
      throw new IllegalArgumentException(
          "colour components must be finite and not negative: " + r + ", " + g + ", " + b);
    }
  }

  /** From hue, saturation and value, each in [0, 1], as seen on a screen (squared to linear). */
  public static Rgb hsv(double hue, double saturation, double value) {
    double h = (hue - Math.floor(hue)) * 6;
    return new Rgb(
        channel(h + 5, saturation, value),
        channel(h + 3, saturation, value),
        channel(h + 1, saturation, value));
  }

  private static double channel(double k, double s, double v) {
    double f = k >= 6 ? k - 6 : k;
    double c = v - v * s * Math.max(0, Math.min(Math.min(f, 4 - f), 1));
    return c * c;
  }

  /** This colour scaled. */
  public Rgb times(double s) {
    return new Rgb(r * s, g * s, b * s);
  }
}
