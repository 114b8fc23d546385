package io.peft4j.harness.data.scenes.render;

/**
 * Where bodies fall on the picture, so that a tile tests only those that may show in it. Picture
 * coordinates are tangents: x / -z and y / -z in the camera's frame.
 */
final class Screen {
  private static final double IN_FRONT = 1e-3;
  private final double[] left;
  private final double[] right;
  private final double[] low;
  private final double[] high;
  private final double[] cones;

  Screen(Body[] bodies, Camera camera) {
    int n = bodies.length;
    left = new double[n];
    right = new double[n];
    low = new double[n];
    high = new double[n];
    cones = new double[4 * n];
    for (int i = 0; i < n; i++) {
      Vec3 v = bodies[i].centre().minus(camera.position());
      double r = bodies[i].radius();
      cones[4 * i] = v.x();
      cones[4 * i + 1] = v.y();
      cones[4 * i + 2] = v.z();
      cones[4 * i + 3] = v.dot(v) - r * r;
      double ahead = -v.dot(camera.back());
      if (ahead + r <= 0) {
        left[i] = Double.POSITIVE_INFINITY;
        right[i] = Double.NEGATIVE_INFINITY;
        continue;
      }
      bounds(v.dot(camera.right()), ahead, r, left, right, i);
      bounds(v.dot(camera.up()), ahead, r, low, high, i);
    }
  }

  /**
   * Tangents of the two planes through the pinhole that touch a ball: the roots k of (c - k z)^2 =
   * r^2 (1 + k^2).
   */
  private static void bounds(double c, double z, double r, double[] from, double[] to, int i) {
    double a = z * z - r * r;
    if (z - r < IN_FRONT) {
      from[i] = Double.NEGATIVE_INFINITY;
      to[i] = Double.POSITIVE_INFINITY;
      return;
    }
    double s = r * Math.sqrt(c * c + a);
    from[i] = (c * z - s) / a;
    to[i] = (c * z + s) / a;
  }

  /** Whether a ray from the pinhole along a unit direction may meet a body's bounding sphere. */
  boolean near(int body, double dx, double dy, double dz) {
    int i = 4 * body;
    double along = cones[i] * dx + cones[i + 1] * dy + cones[i + 2] * dz;
    // Below zero the pinhole is inside the sphere, and every direction may meet what it holds.
    double least = cones[i + 3];
    return along * along >= least && (along > 0 || least < 0);
  }

  /** Writes the numbers of the bodies that may show in a rectangle to a list; returns how many. */
  int within(double x0, double x1, double y0, double y1, int[] list) {
    int n = 0;
    for (int i = 0; i < left.length; i++) {
      if (left[i] <= x1 && right[i] >= x0 && low[i] <= y1 && high[i] >= y0) {
        list[n++] = i;
      }
    }
    return n;
  }
}
