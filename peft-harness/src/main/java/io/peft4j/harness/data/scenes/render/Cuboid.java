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
    double in = Double.NEGATIVE_INFINITY;
    double out = MISS;
    if (dx != 0) {
      double mid = -ox / dx;
      double half = Math.abs(hx / dx);
      in = mid - half;
      out = mid + half;
    } else if (Math.abs(ox) > hx) {
      return MISS;
    }
    if (dy != 0) {
      double mid = -oy / dy;
      double half = Math.abs(hy / dy);
      in = mid - half > in ? mid - half : in;
      out = mid + half < out ? mid + half : out;
    } else if (Math.abs(oy) > hy) {
      return MISS;
    }
    if (dz != 0) {
      double mid = -oz / dz;
      double half = Math.abs(hz / dz);
      in = mid - half > in ? mid - half : in;
      out = mid + half < out ? mid + half : out;
    } else if (Math.abs(oz) > hz) {
      return MISS;
    }
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
