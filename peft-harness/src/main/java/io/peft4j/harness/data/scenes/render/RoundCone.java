package io.peft4j.harness.data.scenes.render;

/**
 * The convex hull of two balls: at the origin with one radius, at (0, length, 0) with another.
 * Equal radii make a capsule; the shape of limbs. The side is the cone tangent to both balls, met
 * where the projection of the hit lies between the circles of tangency.
 *
 * @param length distance of the centres, metres, larger than the difference of the radii
 * @param foot radius at y = 0
 * @param tip radius at y = length
 */
public record RoundCone(double length, double foot, double tip) implements Shape {
  /** Neither ball may hold the other. */
  public RoundCone {
    Checks.positive("radius", foot, tip);
    Checks.positive("length minus the difference of radii", length - Math.abs(foot - tip));
  }

  @Override
  public double intersect(double ox, double oy, double oz, double dx, double dy, double dz) {
    double rr = foot - tip;
    double m0 = length * length;
    double m1 = length * oy;
    double m2 = length * dy;
    double m3 = ox * dx + oy * dy + oz * dz;
    double m5 = ox * ox + oy * oy + oz * oz;
    double d2 = m0 - rr * rr;
    double k2 = d2 - m2 * m2;
    double k1 = d2 * m3 - m1 * m2 + m2 * rr * foot;
    double k0 = d2 * m5 - m1 * m1 + m1 * rr * foot * 2 - m0 * foot * foot;
    double h = k1 * k1 - k0 * k2;
    if (h < 0) {
      return MISS;
    }
    if (k2 != 0) {
      double t = (-Math.sqrt(h) - k1) / k2;
      double y = m1 - foot * rr + t * m2;
      if (y > 0 && y < d2) {
        return t > NEAR ? t : MISS;
      }
    }
    double best = MISS;
    double h1 = m3 * m3 - m5 + foot * foot;
    if (h1 > 0) {
      best = -m3 - Math.sqrt(h1);
    }
    double py = oy - length;
    double m6 = m3 - m2;
    double h2 = m6 * m6 - (ox * ox + py * py + oz * oz) + tip * tip;
    if (h2 > 0) {
      best = Math.min(best, -m6 - Math.sqrt(h2));
    }
    return best > NEAR ? best : MISS;
  }

  @Override
  public void normal(double x, double y, double z, double[] out) {
    // The side lies between the circles of tangency; its normal rises by asin(rr / length).
    double slope = (foot - tip) / length;
    double lo = foot * slope;
    double hi = length + tip * slope;
    double r = Math.sqrt(x * x + z * z);
    double nx = x;
    double ny = y;
    double nz = z;
    if (y > lo && y < hi && r > 0) {
      double flat = Math.sqrt(1 - slope * slope) / r;
      nx = x * flat;
      ny = slope;
      nz = z * flat;
    } else if (y > lo) {
      ny = y - length;
    }
    double n = 1 / Math.sqrt(nx * nx + ny * ny + nz * nz);
    out[0] = nx * n;
    out[1] = ny * n;
    out[2] = nz * n;
  }

  @Override
  public double radius() {
    return (length + foot + tip) / 2;
  }

  @Override
  public double middle() {
    return (length + tip - foot) / 2;
  }
}
