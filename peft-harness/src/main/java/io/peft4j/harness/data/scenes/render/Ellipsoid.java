package io.peft4j.harness.data.scenes.render;

/**
 * (x/a)^2 + (y/b)^2 + (z/c)^2 = 1.
 *
 * @param a half axis along x, metres
 * @param b half axis along y
 * @param c half axis along z
 */
public record Ellipsoid(double a, double b, double c) implements Shape {
  /** Half axes must be positive. */
  public Ellipsoid {
    Checks.positive("half axis", a, b, c);
  }

  /** A ball. */
  public static Ellipsoid ball(double radius) {
    return new Ellipsoid(radius, radius, radius);
  }

  @Override
  public double intersect(double ox, double oy, double oz, double dx, double dy, double dz) {
    double px = ox / a;
    double py = oy / b;
    double pz = oz / c;
    double qx = dx / a;
    double qy = dy / b;
    double qz = dz / c;
    double qq = qx * qx + qy * qy + qz * qz;
    double pq = px * qx + py * qy + pz * qz;
    double disc = pq * pq - qq * (px * px + py * py + pz * pz - 1);
    if (disc <= 0) {
      return MISS;
    }
    double t = (-pq - Math.sqrt(disc)) / qq;
    return t > NEAR ? t : MISS;
  }

  @Override
  public void normal(double x, double y, double z, double[] out) {
    double nx = x / (a * a);
    double ny = y / (b * b);
    double nz = z / (c * c);
    double n = 1 / Math.sqrt(nx * nx + ny * ny + nz * nz);
    out[0] = nx * n;
    out[1] = ny * n;
    out[2] = nz * n;
  }

  @Override
  public double radius() {
    return Math.max(a, Math.max(b, c));
  }
}
