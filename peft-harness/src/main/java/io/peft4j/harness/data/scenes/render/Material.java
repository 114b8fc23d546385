package io.peft4j.harness.data.scenes.render;

/**
 * How a surface answers light.
 *
 * @param first albedo where the pattern is 0
 * @param second albedo where the pattern is 1
 * @param pattern which points show which
 * @param scale periods of the pattern per metre
 * @param offset where the pattern starts, periods
 * @param gloss strength of the highlight, 0 for matt
 * @param polish the highlight's exponent is 2^polish
 */
public record Material(
    Rgb first, Rgb second, Pattern pattern, double scale, Vec3 offset, double gloss, int polish) {
  /** Scale positive, gloss not negative, polish in 0..8. */
  public Material {
    Checks.positive("texture scale", scale);
    if (!(gloss >= 0) || polish < 0 || polish > 8) {
      throw new IllegalArgumentException(
          "gloss must be at least 0 and polish in 0..8, got " + gloss + " and " + polish);
    }
  }

  /** One colour, matt. */
  public static Material matt(Rgb colour) {
    return new Material(colour, colour, Pattern.PLAIN, 1, Vec3.ZERO, 0, 0);
  }

  /** Writes the albedo at a point of the surface's own frame (metres) to {@code out[0..2]}. */
  void albedo(double x, double y, double z, double[] out) {
    double f =
        pattern == Pattern.PLAIN
            ? 0
            : pattern.at(x * scale + offset.x(), y * scale + offset.y(), z * scale + offset.z());
    out[0] = Noise.mix(first.r(), second.r(), f);
    out[1] = Noise.mix(first.g(), second.g(), f);
    out[2] = Noise.mix(first.b(), second.b(), f);
  }
}
