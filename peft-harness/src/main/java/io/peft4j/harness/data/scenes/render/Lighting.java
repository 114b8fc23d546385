package io.peft4j.harness.data.scenes.render;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Light at a surface point: ambient light (more from above), and for each lamp Lambert's cosine, a
 * Blinn highlight and a shadow ray. Lamps are discs; each sub-pixel sample looks at another point
 * of the disc, which softens shadows.
 */
final class Lighting {
  private static final double OFF_SURFACE = 1e-4;
  private static final double GOLDEN_ANGLE = 2.399963229728653;
  private final Body[][] groups;
  private final double[] groupSpheres;
  private final double[] bodySpheres;
  private final Light[] lights;
  private final Rgb ambient;
  private final double[][] jitter;
  private @Nullable Body last;

  Lighting(List<Thing> things, Body[][] groups, List<Light> lights, Rgb ambient, int samples) {
    this.groups = groups;
    this.lights = lights.toArray(Light[]::new);
    this.ambient = ambient;
    groupSpheres = new double[4 * groups.length];
    bodySpheres = new double[4 * Arrays.stream(groups).mapToInt(g -> g.length).sum()];
    int k = 0;
    for (int i = 0; i < groups.length; i++) {
      Thing.Bounds b = things.get(i).bounds();
      put(groupSpheres, i, b.centre(), b.radius());
      for (Body body : groups[i]) {
        put(bodySpheres, k++, body.centre(), body.radius());
      }
    }
    // Sunflower points on the unit disc.
    jitter = new double[samples][2];
    for (int i = 0; i < samples; i++) {
      double r = Math.sqrt((i + 0.5) / samples);
      jitter[i][0] = r * StrictMath.cos(i * GOLDEN_ANGLE);
      jitter[i][1] = r * StrictMath.sin(i * GOLDEN_ANGLE);
    }
  }

  private static void put(double[] spheres, int i, Vec3 centre, double radius) {
    spheres[4 * i] = centre.x();
    spheres[4 * i + 1] = centre.y();
    spheres[4 * i + 2] = centre.z();
    spheres[4 * i + 3] = radius * radius;
  }

  /**
   * Turns an albedo into the light that leaves towards the viewer.
   *
   * @param x world point
   * @param n unit normal
   * @param dx direction of view, towards the point
   * @param open share of ambient light that reaches the point
   * @param sample which sub-pixel sample, chooses the point on each lamp
   * @param colour albedo in, light out
   */
  void shade(
      double x,
      double y,
      double z,
      double[] n,
      double dx,
      double dy,
      double dz,
      double open,
      Material material,
      int sample,
      double[] colour) {
    double sky = open * (0.72 + 0.28 * n[1]);
    double r = ambient.r() * sky;
    double g = ambient.g() * sky;
    double b = ambient.b() * sky;
    double hr = 0;
    double hg = 0;
    double hb = 0;
    for (Light light : lights) {
      double vx = light.position().x() + light.radius() * jitter[sample][0] - x;
      double vy = light.position().y() - y;
      double vz = light.position().z() + light.radius() * jitter[sample][1] - z;
      double facing = n[0] * vx + n[1] * vy + n[2] * vz;
      if (facing <= 0) {
        continue;
      }
      double dd = vx * vx + vy * vy + vz * vz;
      double distance = Math.sqrt(dd);
      double inverse = 1 / distance;
      vx *= inverse;
      vy *= inverse;
      vz *= inverse;
      if (light.shadows()
          && blocked(
              x + OFF_SURFACE * n[0],
              y + OFF_SURFACE * n[1],
              z + OFF_SURFACE * n[2],
              vx,
              vy,
              vz,
              distance - 2 * OFF_SURFACE)) {
        continue;
      }
      double strength = 2 / (1 + dd / (Light.REACH * Light.REACH));
      double lambert = strength * facing * inverse;
      r += lambert * light.colour().r();
      g += lambert * light.colour().g();
      b += lambert * light.colour().b();
      if (material.gloss() > 0) {
        double hx = vx - dx;
        double hy = vy - dy;
        double hz = vz - dz;
        double c = (n[0] * hx + n[1] * hy + n[2] * hz) / Math.sqrt(hx * hx + hy * hy + hz * hz);
        if (c > 0) {
          for (int k = 0; k < material.polish(); k++) {
            c *= c;
          }
          double s = strength * material.gloss() * c;
          hr += s * light.colour().r();
          hg += s * light.colour().g();
          hb += s * light.colour().b();
        }
      }
    }
    colour[0] = colour[0] * r + hr;
    colour[1] = colour[1] * g + hg;
    colour[2] = colour[2] * b + hb;
  }

  private boolean blocked(
      double ox, double oy, double oz, double dx, double dy, double dz, double distance) {
    // What hid the light from the last point likely hides it from this one.
    if (last != null && last.intersect(ox, oy, oz, dx, dy, dz) < distance) {
      return true;
    }
    int end = 0;
    for (int i = 0; i < groups.length; i++) {
      int from = end;
      end += groups[i].length;
      if (misses(groupSpheres, 4 * i, ox, oy, oz, dx, dy, dz)) {
        continue;
      }
      for (int k = from; k < end; k++) {
        if (!misses(bodySpheres, 4 * k, ox, oy, oz, dx, dy, dz)
            && groups[i][k - from].intersect(ox, oy, oz, dx, dy, dz) < distance) {
          last = groups[i][k - from];
          return true;
        }
      }
    }
    last = null;
    return false;
  }

  private static boolean misses(
      double[] s, int j, double ox, double oy, double oz, double dx, double dy, double dz) {
    double wx = s[j] - ox;
    double wy = s[j + 1] - oy;
    double wz = s[j + 2] - oz;
    double along = wx * dx + wy * dy + wz * dz;
    double outside = wx * wx + wy * wy + wz * wz - s[j + 3];
    return outside > 0 && (along < 0 || along * along < outside);
  }
}
