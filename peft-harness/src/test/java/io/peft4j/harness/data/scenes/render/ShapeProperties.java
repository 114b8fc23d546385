package io.peft4j.harness.data.scenes.render;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Every shape's ray test and normal against an independently written implicit function: negative
 * inside, zero on the surface.
 */
class ShapeProperties {
  private static final int RAYS = 200;
  private static final int STEPS = 400;

  private interface Implicit {
    double at(double x, double y, double z);
  }

  @Property(tries = 30)
  void ellipsoid(@ForAll Random r) {
    Ellipsoid s = new Ellipsoid(size(r), size(r), size(r));
    check(r, s, (x, y, z) -> sq(x / s.a()) + sq(y / s.b()) + sq(z / s.c()) - 1);
  }

  @Property(tries = 30)
  void cuboid(@ForAll Random r) {
    Cuboid s = new Cuboid(size(r), size(r), size(r));
    check(
        r,
        s,
        (x, y, z) ->
            Math.max(Math.abs(x) - s.hx(), Math.max(Math.abs(y) - s.hy(), Math.abs(z) - s.hz())));
  }

  @Property(tries = 30)
  void frustum(@ForAll Random r) {
    int kind = r.nextInt(3);
    double top = size(r);
    Frustum s =
        kind == 0
            ? Frustum.cylinder(size(r), size(r))
            : kind == 1 ? Frustum.cone(size(r), size(r)) : new Frustum(size(r), size(r), top);
    check(
        r,
        s,
        (x, y, z) -> {
          double f = (y + s.half()) / (2 * s.half());
          double radius = s.bottom() + f * (s.top() - s.bottom());
          return Math.max(Math.abs(y) - s.half(), Math.sqrt(x * x + z * z) - radius);
        });
  }

  @Property(tries = 30)
  void roundCone(@ForAll Random r) {
    double a = size(r);
    double b = size(r);
    RoundCone s = new RoundCone(Math.abs(a - b) + size(r), a, b);
    // Distance function after I. Quilez, "Round Cone - exact".
    check(
        r,
        s,
        (x, y, z) -> {
          double slope = (a - b) / s.length();
          double flat = Math.sqrt(1 - slope * slope);
          double q = Math.sqrt(x * x + z * z);
          double k = -slope * q + flat * y;
          if (k < 0) {
            return Math.sqrt(q * q + y * y) - a;
          }
          if (k > flat * s.length()) {
            return Math.sqrt(q * q + sq(y - s.length())) - b;
          }
          return q * flat + y * slope - a;
        });
  }

  @Property(tries = 30)
  void torus(@ForAll Random r) {
    double ring = 0.3 + 0.5 * r.nextDouble();
    Torus s = new Torus(ring, ring * (0.15 + 0.5 * r.nextDouble()));
    check(r, s, (x, y, z) -> Math.sqrt(sq(Math.sqrt(x * x + z * z) - ring) + y * y) - s.tube());
  }

  @Property(tries = 30)
  void pyramid(@ForAll Random r) {
    double half = size(r);
    double base = size(r);
    check(
        r,
        Polytope.pyramid(half, base),
        (x, y, z) -> {
          double side = base * (half - y) / (2 * half);
          return Math.max(-half - y, Math.max(Math.abs(x), Math.abs(z)) - side);
        });
  }

  @Property(tries = 30)
  void prism(@ForAll Random r) {
    double half = size(r);
    double inner = size(r);
    check(
        r,
        Polytope.prism(half, inner),
        (x, y, z) -> {
          double side = Math.max(z, Math.abs(x) * Math.cos(Math.PI / 6) - z / 2) - inner;
          return Math.max(side, Math.abs(y) - half);
        });
  }

  private static void check(Random r, Shape shape, Implicit f) {
    double reach = shape.radius();
    double middle = shape.middle();
    double[] n = new double[3];
    for (int k = 0; k < RAYS; k++) {
      Vec3 from = direction(r).times(2.5 * reach).plus(Vec3.of(0, middle, 0));
      Vec3 to = direction(r).times(1.1 * reach * r.nextDouble()).plus(Vec3.of(0, middle, 0));
      Vec3 d = to.minus(from).unit();
      double t = shape.intersect(from.x(), from.y(), from.z(), d.x(), d.y(), d.z());
      double end = Math.min(t - 1e-4, 5 * reach);
      for (int i = 0; i < STEPS; i++) {
        Vec3 p = from.plus(d.times(end * i / STEPS));
        double v = f.at(p.x(), p.y(), p.z());
        assertTrue(v > -1e-4, () -> shape + ": inside before the hit, at " + p);
        if (p.minus(Vec3.of(0, middle, 0)).length() > reach * (1 + 1e-9)) {
          assertTrue(v > 0, () -> shape + ": reaches out of its bounding sphere at " + p);
        }
      }
      if (t == Shape.MISS) {
        continue;
      }
      Vec3 p = from.plus(d.times(t));
      assertEquals(0, f.at(p.x(), p.y(), p.z()), 1e-5, shape + ": not on the surface");
      shape.normal(p.x(), p.y(), p.z(), n);
      Vec3 normal = Vec3.of(n[0], n[1], n[2]);
      assertEquals(1, normal.length(), 1e-9, "unit normal");
      assertTrue(normal.dot(d) < 1e-3, "a normal faces the ray that meets it");
      Vec3 gradient = gradient(f, p);
      if (isSmooth(f, p, gradient)) {
        assertTrue(
            normal.dot(gradient) > 0.999,
            () -> shape + " at " + p + ": " + normal + " against " + gradient);
      }
    }
  }

  /** Away from creases, where a gradient is ambiguous, and its difference a mixture of two. */
  private static boolean isSmooth(Implicit f, Vec3 p, Vec3 gradient) {
    double h = 2e-4;
    for (Vec3 step : List.of(Vec3.of(h, 0, 0), Vec3.of(0, h, 0), Vec3.of(0, 0, h))) {
      if (gradient.dot(gradient(f, p.plus(step))) < 0.9999
          || gradient.dot(gradient(f, p.minus(step))) < 0.9999) {
        return false;
      }
    }
    return true;
  }

  private static Vec3 gradient(Implicit f, Vec3 p) {
    double h = 1e-5;
    return Vec3.of(
            f.at(p.x() + h, p.y(), p.z()) - f.at(p.x() - h, p.y(), p.z()),
            f.at(p.x(), p.y() + h, p.z()) - f.at(p.x(), p.y() - h, p.z()),
            f.at(p.x(), p.y(), p.z() + h) - f.at(p.x(), p.y(), p.z() - h))
        .unit();
  }

  private static Vec3 direction(Random r) {
    return Vec3.of(r.nextGaussian(), r.nextGaussian(), r.nextGaussian()).unit();
  }

  private static double size(Random r) {
    return 0.1 + 0.7 * r.nextDouble();
  }

  private static double sq(double v) {
    return v * v;
  }
}
