package io.peft4j.harness.data.scenes.render;

/**
 * A small round lamp inside the room.
 *
 * @param position its centre, metres
 * @param colour its strength at the distance {@link #REACH} or nearer, linear
 * @param radius half its width; softens the shadows
 * @param shadows whether things stand in its way
 */
public record Light(Vec3 position, Rgb colour, double radius, boolean shadows) {
  /** Distance in metres at which the strength has fallen to a half. */
  public static final double REACH = 3;

  /** The radius may be zero, not negative. */
  public Light {
    if (!(radius >= 0)) {
      throw new IllegalArgumentException("radius must be at least 0, got " + radius);
    }
  }
}
