package io.peft4j.harness.data.scenes.render;

/**
 * A ring in the xz plane: (sqrt(x^2 + z^2) - ring)^2 + y^2 = tube^2. The hit is found by stepping
 * along the ray by the exact distance to the surface, then closing in on the crossing: no quartic,
 * no trigonometry.
 *
 * @param ring radius of the circle the tube runs along, metres
 * @param tube radius of the tube, smaller than the ring's
 */
public record Torus(double ring, double tube) implements Shape {
  /** Keeps grazing rays from creeping; what they may pass through is thinner than a micrometre. */
  private static final double LEAST_STEP = 2e-4;

  private static final double TOUCH = 1e-12;
  private static final int REFINEMENTS = 24;

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
    double before = 0;
    double f = 0;
    for (boolean first = true; t <= end; first = false) {
      double last = f;
      f = distance(ox + t * dx, oy + t * dy, oz + t * dz);
      if (f <= 0) {
        // On the first step: met where the ray enters the bounds, or started inside.
        return first
            ? (f > -TOUCH && t > NEAR ? t : MISS)
            : crossing(ox, oy, oz, dx, dy, dz, before, last, t, f);
      }
      before = t;
      t += f > LEAST_STEP ? f : LEAST_STEP;
    }
    return MISS;
  }

  private double distance(double x, double y, double z) {
    double q = Math.sqrt(x * x + z * z) - ring;
    return Math.sqrt(q * q + y * y) - tube;
  }

  /** Root between a (outside, fa > 0) and b (inside, fb <= 0), by regula falsi (Illinois). */
  private double crossing(
      double ox,
      double oy,
      double oz,
      double dx,
      double dy,
      double dz,
      double a,
      double fa,
      double b,
      double fb) {
    double t = b;
    for (int i = 0; i < REFINEMENTS; i++) {
      t = (a * fb - b * fa) / (fb - fa);
      double f = distance(ox + t * dx, oy + t * dy, oz + t * dz);
      if (Math.abs(f) < TOUCH) {
        break;
      }
      if (f > 0) {
        a = t;
        fa = f;
        fb /= 2;
      } else {
        b = t;
        fb = f;
        fa /= 2;
      }
    }
    return t > NEAR ? t : MISS;
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
