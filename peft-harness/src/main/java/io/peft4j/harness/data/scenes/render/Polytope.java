package io.peft4j.harness.data.scenes.render;

import java.util.List;

/**
 * A convex solid bounded by planes n.p = d with outward unit normals n. Pyramids and prisms.
 *
 * <p>Safe for use by several threads.
 */
public final class Polytope implements Shape {
  private final double[] planes;
  private final double radius;

  private Polytope(List<Vec3> normals, List<Double> offsets, double radius) {
    planes = new double[4 * normals.size()];
    for (int i = 0; i < normals.size(); i++) {
      Vec3 n = normals.get(i);
      planes[4 * i] = n.x();
      planes[4 * i + 1] = n.y();
      planes[4 * i + 2] = n.z();
      planes[4 * i + 3] = offsets.get(i);
    }
    this.radius = radius;
  }

  /**
   * A pyramid over a square, from y = -half (base) to y = half (apex).
   *
   * @param half half height, metres
   * @param base half side of the square
   */
  public static Polytope pyramid(double half, double base) {
    Checks.positive("half height and half side", half, base);
    // The side through (base, -half) and (0, half): normal (2 half, base) / length.
    double length = Math.sqrt(4 * half * half + base * base);
    double flat = 2 * half / length;
    double up = base / length;
    double d = up * half;
    return new Polytope(
        List.of(
            Vec3.of(0, -1, 0),
            Vec3.of(flat, up, 0),
            Vec3.of(-flat, up, 0),
            Vec3.of(0, up, flat),
            Vec3.of(0, up, -flat)),
        List.of(half, d, d, d, d),
        Math.sqrt(half * half + 2 * base * base));
  }

  /**
   * An upright prism over an equilateral triangle, from y = -half to y = half.
   *
   * @param half half height, metres
   * @param inner radius of the triangle's inscribed circle
   */
  public static Polytope prism(double half, double inner) {
    Checks.positive("half height and inner radius", half, inner);
    double s = Math.sqrt(3) / 2;
    return new Polytope(
        List.of(
            Vec3.of(0, -1, 0),
            Vec3.of(0, 1, 0),
            Vec3.of(0, 0, 1),
            Vec3.of(s, 0, -0.5),
            Vec3.of(-s, 0, -0.5)),
        List.of(half, half, inner, inner, inner),
        Math.sqrt(half * half + 4 * inner * inner));
  }

  @Override
  public double intersect(double ox, double oy, double oz, double dx, double dy, double dz) {
    double in = Double.NEGATIVE_INFINITY;
    double out = MISS;
    for (int i = 0; i < planes.length; i += 4) {
      double along = planes[i] * dx + planes[i + 1] * dy + planes[i + 2] * dz;
      double away = planes[i] * ox + planes[i + 1] * oy + planes[i + 2] * oz - planes[i + 3];
      if (along < 0) {
        in = Math.max(in, -away / along);
      } else if (along > 0) {
        out = Math.min(out, -away / along);
      } else if (away > 0) {
        return MISS;
      }
    }
    return in > NEAR && in < out ? in : MISS;
  }

  @Override
  public void normal(double x, double y, double z, double[] out) {
    int best = 0;
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < planes.length; i += 4) {
      double d = planes[i] * x + planes[i + 1] * y + planes[i + 2] * z - planes[i + 3];
      if (d > most) {
        most = d;
        best = i;
      }
    }
    out[0] = planes[best];
    out[1] = planes[best + 1];
    out[2] = planes[best + 2];
  }

  @Override
  public double radius() {
    return radius;
  }
}
