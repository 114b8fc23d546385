package io.peft4j.harness.data.scenes.render;

/**
 * A ring in the xz plane: (sqrt(x^2 + z^2) - ring)^2 + y^2 = tube^2. The hit is found by stepping
 * along the ray by the exact distance to the surface, which needs no quartic and no trigonometry.
 *
 * @param ring radius of the circle the tube runs along, metres
 * @param tube radius of the tube, smaller than the ring's
 */
public record Torus(double ring, double tube) implements Shape {
  private static final int MAX_STEPS = 96;
  private static final double ON_SURFACE = 1e-8;

  /** A ring with a hole. */
  public Torus {
    Checks.positive("radius", tube, ring);
    Checks.positive("ring radius minus tube radius", ring - tube);
  }

  @Override
  public double intersect(double ox, double oy, double oz, double dx, double dy, double dz) {
    double outer = ring + tube;
    double b = ox * dx + oy * dy + oz * dz;
    double disc = b * b - (ox * ox + oy * oy + oz * oz) + outer * outer;
    if (disc <= 0) {
      return MISS;
    }
    double s = Math.sqrt(disc);
    double t = Math.max(-b - s, NEAR);
    double end = -b + s;
    if (dy != 0) {
      double slabIn = (-oy - Math.copySign(tube, dy)) / dy;
      double slabOut = (-oy + Math.copySign(tube, dy)) / dy;
      t = Math.max(t, slabIn);
      end = Math.min(end, slabOut);
    } else if (Math.abs(oy) > tube) {
      return MISS;
    }
    double distance = MISS;
    for (int step = 0; step < MAX_STEPS && t <= end; step++) {
      double x = ox + t * dx;
      double y = oy + t * dy;
      double z = oz + t * dz;
      double q = Math.sqrt(x * x + z * z) - ring;
      distance = Math.sqrt(q * q + y * y) - tube;
      if (distance < ON_SURFACE) {
        return distance > -1e-5 && t > NEAR ? t : MISS;
      }
      t += distance;
    }
    // Grazing rays creep; what is within a hundredth of a millimetre counts as met.
    return t <= end && distance < 1e-5 ? t : MISS;
  }

  @Override
  public void normal(double x, double y, double z, double[] out) {
    double r = Math.sqrt(x * x + z * z);
    double q = (r - ring) / r;
    double nx = x * q;
    double nz = z * q;
    double n = 1 / Math.sqrt(nx * nx + y * y + nz * nz);
    out[0] = nx * n;
    out[1] = y * n;
    out[2] = nz * n;
  }

  @Override
  public double radius() {
    return ring + tube;
  }
}
