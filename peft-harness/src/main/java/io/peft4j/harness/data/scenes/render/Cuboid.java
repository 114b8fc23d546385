package io.peft4j.harness.data.scenes.render;

/**
 * A rectangular block centred on the origin.
 *
 * @param hx half extent along x, metres
 * @param hy half extent along y
 * @param hz half extent along z
 */
public record Cuboid(double hx, double hy, double hz) implements Shape {
  /** Half extents must be positive. */
  public Cuboid {
    Checks.positive("half extent", hx, hy, hz);
  }

  @Override
  public double intersect(double ox, double oy, double oz, double dx, double dy, double dz) {
    // A zero component gives an infinite slab distance of the right sign.
    double ix = 1 / dx;
    double iy = 1 / dy;
    double iz = 1 / dz;
    double ax = Math.abs(ix) * hx;
    double ay = Math.abs(iy) * hy;
    double az = Math.abs(iz) * hz;
    double bx = -ox * ix;
    double by = -oy * iy;
    double bz = -oz * iz;
    double in = Math.max(bx - ax, Math.max(by - ay, bz - az));
    double out = Math.min(bx + ax, Math.min(by + ay, bz + az));
    return in > NEAR && in < out ? in : MISS;
  }

  @Override
  public void normal(double x, double y, double z, double[] out) {
    // The face whose plane is nearest; inside the others' extents by construction.
    double ex = Math.abs(Math.abs(x) - hx);
    double ey = Math.abs(Math.abs(y) - hy);
    double ez = Math.abs(Math.abs(z) - hz);
    out[0] = 0;
    out[1] = 0;
    out[2] = 0;
    if (ex <= ey && ex <= ez) {
      out[0] = x < 0 ? -1 : 1;
    } else if (ey <= ez) {
      out[1] = y < 0 ? -1 : 1;
    } else {
      out[2] = z < 0 ? -1 : 1;
    }
  }

  @Override
  public double radius() {
    return Math.sqrt(hx * hx + hy * hy + hz * hz);
  }
}
