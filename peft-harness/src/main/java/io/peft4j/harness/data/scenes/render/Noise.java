package io.peft4j.harness.data.scenes.render;

/** Value noise on the integer lattice: the same everywhere for the same coordinates. */
final class Noise {
  private Noise() {}

  /** A number in [0, 1) that belongs to a lattice cell. */
  static double cell(int x, int y, int z) {
    int h = x * 0x8da6b343 + y * 0xd8163841 + z * 0xcb1ab31f;
    h ^= h >>> 15;
    h *= 0x2c1b3c6d;
    h ^= h >>> 12;
    h *= 0x297a2d39;
    h ^= h >>> 15;
    return (h >>> 8) * 0x1p-24;
  }

  /** Smoothly interpolated cell numbers, in [0, 1). */
  static double smooth(double x, double y, double z) {
    int ix = floor(x);
    int iy = floor(y);
    int iz = floor(z);
    double fx = fade(x - ix);
    double fy = fade(y - iy);
    double fz = fade(z - iz);
    double near =
        mix(
            mix(cell(ix, iy, iz), cell(ix + 1, iy, iz), fx),
            mix(cell(ix, iy + 1, iz), cell(ix + 1, iy + 1, iz), fx),
            fy);
    double far =
        mix(
            mix(cell(ix, iy, iz + 1), cell(ix + 1, iy, iz + 1), fx),
            mix(cell(ix, iy + 1, iz + 1), cell(ix + 1, iy + 1, iz + 1), fx),
            fy);
    return mix(near, far, fz);
  }

  static int floor(double v) {
    int i = (int) v;
    return v < i ? i - 1 : i;
  }

  static double mix(double a, double b, double f) {
    return a + (b - a) * f;
  }

  private static double fade(double f) {
    return f * f * (3 - 2 * f);
  }
}
