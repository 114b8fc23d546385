package io.peft4j.harness.data.scenes.render;

/**
 * A rigid placement: where the local origin stands and where the local axes point, in the outer
 * frame. Trigonometry is {@link StrictMath}, so that a scene has the same bits on every machine.
 *
 * @param origin the local origin
 * @param x the local x axis, unit
 * @param y the local y axis, unit
 * @param z the local z axis, unit; x, y, z right-handed and orthogonal
 */
public record Pose(Vec3 origin, Vec3 x, Vec3 y, Vec3 z) {
  /** Orthonormality is the caller's business up to rounding; gross mistakes are refused here. */
  public Pose {
    if (Math.abs(x.cross(y).dot(z) - 1) > 1e-6) {
      throw new IllegalArgumentException(
          "axes must be orthonormal and right-handed, got " + x + ", " + y + ", " + z);
    }
  }

  /** Unrotated, standing at a point. */
  public static Pose at(Vec3 origin) {
    return new Pose(origin, Vec3.of(1, 0, 0), Vec3.UP, Vec3.of(0, 0, 1));
  }

  /** Turned about the vertical: local z points to (sin angle, 0, cos angle). Angle in radians. */
  public static Pose yawed(Vec3 origin, double angle) {
    double s = StrictMath.sin(angle);
    double c = StrictMath.cos(angle);
    return new Pose(origin, Vec3.of(c, 0, -s), Vec3.UP, Vec3.of(s, 0, c));
  }

  /** The local y axis points from one point towards another; the origin is the first. */
  public static Pose along(Vec3 from, Vec3 to) {
    Vec3 y = to.minus(from).unit();
    // Any vector not along y will do to complete the frame.
    Vec3 other = Math.abs(y.z()) < 0.9 ? Vec3.of(0, 0, 1) : Vec3.of(1, 0, 0);
    Vec3 x = y.cross(other).unit();
    return new Pose(from, x, y, x.cross(y));
  }

  /** Rotation by a quaternion (w, i, j, k), normalised here. */
  public static Pose rotated(Vec3 origin, double w, double i, double j, double k) {
    double n = 1 / Math.sqrt(w * w + i * i + j * j + k * k);
    w *= n;
    i *= n;
    j *= n;
    k *= n;
    return new Pose(
        origin,
        Vec3.of(1 - 2 * (j * j + k * k), 2 * (i * j + k * w), 2 * (i * k - j * w)),
        Vec3.of(2 * (i * j - k * w), 1 - 2 * (i * i + k * k), 2 * (j * k + i * w)),
        Vec3.of(2 * (i * k + j * w), 2 * (j * k - i * w), 1 - 2 * (i * i + j * j)));
  }

  /** A local point in the outer frame. */
  public Vec3 point(Vec3 p) {
    return origin.plus(direction(p));
  }

  /** A local direction in the outer frame. */
  public Vec3 direction(Vec3 d) {
    return x.times(d.x()).plus(y.times(d.y())).plus(z.times(d.z()));
  }

  /** The placement of something that has the given pose inside this one. */
  public Pose times(Pose inner) {
    return new Pose(
        point(inner.origin), direction(inner.x), direction(inner.y), direction(inner.z));
  }
}
