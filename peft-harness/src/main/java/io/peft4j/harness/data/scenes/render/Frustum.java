package io.peft4j.harness.data.scenes.render;

/**
 * A capped cone section about the y axis, from y = -half to y = half. Equal radii make a cylinder,
 * a zero top a cone. Side surface: x^2 + z^2 = (m + k y)^2 with m the mean radius and k the slope.
 *
 * @param half half height, metres
 * @param bottom radius at y = -half
 * @param top radius at y = half, may be zero
 */
public record Frustum(double half, double bottom, double top) implements Shape {
  /** A positive height, at least one positive radius, none negative. */
  public Frustum {
    Checks.positive("half height", half);
    Checks.positive("larger radius", Math.max(bottom, top));
    if (bottom < 0 || top < 0) {
      throw new IllegalArgumentException("radii must not be negative: " + bottom + ", " + top);
    }
  }

  /** A cylinder. */
  public static Frustum cylinder(double half, double radius) {
    return new Frustum(half, radius, radius);
  }

  /** A cone standing on its base. */
  public static Frustum cone(double half, double radius) {
    return new Frustum(half, radius, 0);
  }

  @Override
  public double intersect(double ox, double oy, double oz, double dx, double dy, double dz) {
    double k = (top - bottom) / (2 * half);
    double ro = (bottom + top) / 2 + k * oy;
    double rd = k * dy;
    double a = dx * dx + dz * dz - rd * rd;
    double b = ox * dx + oz * dz - ro * rd;
    double c = ox * ox + oz * oz - ro * ro;
    double best = MISS;
    if (Math.abs(a) > 1e-12) {
      double disc = b * b - a * c;
      if (disc > 0) {
        double s = Math.sqrt(disc);
        best = Math.min(side((-b - s) / a, oy, dy), side((-b + s) / a, oy, dy));
      }
    } else if (b != 0) {
      best = side(-c / (2 * b), oy, dy);
    }
    if (dy != 0) {
      best = Math.min(best, cap((-half - oy) / dy, bottom, ox, oz, dx, dz));
      best = Math.min(best, cap((half - oy) / dy, top, ox, oz, dx, dz));
    }
    return best;
  }

  private double side(double t, double oy, double dy) {
    return t > NEAR && Math.abs(oy + t * dy) <= half ? t : MISS;
  }

  private static double cap(double t, double r, double ox, double oz, double dx, double dz) {
    double x = ox + t * dx;
    double z = oz + t * dz;
    return t > NEAR && x * x + z * z <= r * r ? t : MISS;
  }

  @Override
  public void normal(double x, double y, double z, double[] out) {
    double k = (top - bottom) / (2 * half);
    double r = Math.sqrt(x * x + z * z);
    double slant = Math.sqrt(1 + k * k);
    double toSide = Math.abs(r - ((bottom + top) / 2 + k * y)) / slant;
    double toCap = half - Math.abs(y);
    if (Math.abs(toCap) < toSide || r == 0) {
      out[0] = 0;
      out[1] = y < 0 ? -1 : 1;
      out[2] = 0;
    } else {
      double n = 1 / (r * slant);
      out[0] = x * n;
      out[1] = -k / slant;
      out[2] = z * n;
    }
  }

  @Override
  public double radius() {
    double r = Math.max(bottom, top);
    return Math.sqrt(half * half + r * r);
  }
}
