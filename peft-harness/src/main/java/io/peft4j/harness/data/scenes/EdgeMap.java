package io.peft4j.harness.data.scenes;

import io.peft4j.harness.data.scenes.render.Frame;

/**
 * Edges: pixels that differ from their right or lower neighbour in identity, class or body part, or
 * whose normals turn by more than 40 degrees, or where each point lies off the other's tangent
 * plane by more than 4 % of its depth (a step within one thing). One pixel wide: the upper left
 * one.
 */
final class EdgeMap {
  private static final double TURN = 0.766;
  private static final double STEP = 0.04;

  private EdgeMap() {}

  static byte[] of(Frame f, double tangent) {
    int height = f.height();
    int width = f.width();
    byte[] edges = new byte[height * width];
    for (int i = 0; i < height; i++) {
      for (int j = 0; j < width; j++) {
        int p = i * width + j;
        boolean edge =
            (j + 1 < width && differ(f, tangent, p, p + 1))
                || (i + 1 < height && differ(f, tangent, p, p + width));
        edges[p] = (byte) (edge ? 1 : 0);
      }
    }
    return edges;
  }

  private static boolean differ(Frame f, double tangent, int p, int q) {
    if (f.instance()[p] != f.instance()[q]
        || f.semantic()[p] != f.semantic()[q]
        || f.parts()[p] != f.parts()[q]) {
      return true;
    }
    int n = f.height() * f.width();
    float[] v = f.normals();
    double turn = (double) v[p] * v[q] + v[n + p] * v[n + q] + v[2 * n + p] * v[2 * n + q];
    return turn < TURN
        || (offPlane(f, tangent, p, q) > STEP * f.depth()[p]
            && offPlane(f, tangent, q, p) > STEP * f.depth()[q]);
  }

  /** Distance of q's point from the tangent plane at p. */
  private static double offPlane(Frame f, double tangent, int p, int q) {
    int n = f.height() * f.width();
    double scale = tangent / Math.min(f.height(), f.width());
    double x = f.depth()[q] * across(f, q) * scale - f.depth()[p] * across(f, p) * scale;
    double y = f.depth()[q] * upwards(f, q) * scale - f.depth()[p] * upwards(f, p) * scale;
    double z = -f.depth()[q] + f.depth()[p];
    float[] v = f.normals();
    return Math.abs(v[p] * x + v[n + p] * y + v[2 * n + p] * z);
  }

  private static int across(Frame f, int p) {
    return 2 * (p % f.width()) + 1 - f.width();
  }

  private static int upwards(Frame f, int p) {
    return f.height() - 2 * (p / f.width()) - 1;
  }
}
