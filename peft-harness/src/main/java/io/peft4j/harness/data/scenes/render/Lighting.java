package io.peft4j.harness.data.scenes.render;

import java.util.List;

/**
 * Light at a surface point: ambient light (more from above), and for each lamp Lambert's cosine, a
 * Blinn highlight and a shadow ray. Lamps are discs; each sub-pixel sample looks at another point
 * of the disc, which softens shadows.
 */
final class Lighting {
  private static final double OFF_SURFACE = 1e-4;
  private static final double GOLDEN_ANGLE = 2.399963229728653;
  private final Occluders occluders;
  private final Light[] lights;
  private final Rgb ambient;
  private final double[][] jitter;

  Lighting(Body[][] groups, List<Light> lights, Rgb ambient, int samples) {
    occluders = new Occluders(groups);
    this.lights = lights.toArray(Light[]::new);
    this.ambient = ambient;
    // Sunflower points on the unit disc.
    jitter = new double[samples][2];
    for (int i = 0; i < samples; i++) {
      double r = Math.sqrt((i + 0.5) / samples);
      jitter[i][0] = r * StrictMath.cos(i * GOLDEN_ANGLE);
      jitter[i][1] = r * StrictMath.sin(i * GOLDEN_ANGLE);
    }
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
          && occluders.block(
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
}
