package io.peft4j.harness.data.scenes.render;

/**
 * A vector or point in metres, right-handed, y up. For setting up a scene; the inner loop of {@link
 * Tracer} works on bare doubles instead.
 *
 * @param x first component
 * @param y second component, up
 * @param z third component
 */
public record Vec3(double x, double y, double z) {
  /** The origin. */
  public static final Vec3 ZERO = new Vec3(0, 0, 0);

  /** Unit vector upwards. */
  public static final Vec3 UP = new Vec3(0, 1, 0);

  /** Shorthand of the constructor. */
  public static Vec3 of(double x, double y, double z) {
    return new Vec3(x, y, z);
  }

  /** this + o. */
  public Vec3 plus(Vec3 o) {
    return new Vec3(x + o.x, y + o.y, z + o.z);
  }

  /** this - o. */
  public Vec3 minus(Vec3 o) {
    return new Vec3(x - o.x, y - o.y, z - o.z);
  }

  /** this scaled by s. */
  public Vec3 times(double s) {
    return new Vec3(x * s, y * s, z * s);
  }

  /** Inner product. */
  public double dot(Vec3 o) {
    return x * o.x + y * o.y + z * o.z;
  }

  /** Cross product, right-handed. */
  public Vec3 cross(Vec3 o) {
    return new Vec3(y * o.z - z * o.y, z * o.x - x * o.z, x * o.y - y * o.x);
  }

  /** Euclidean length. */
  public double length() {
    return Math.sqrt(dot(this));
  }

  /** The vector of length one in this direction; the zero vector has none. */
  public Vec3 unit() {
    double length = length();
    if (length == 0) {
      throw new IllegalArgumentException("the zero vector has no direction");
    }
    return times(1 / length);
  }
}
