package io.peft4j.harness.data.scenes.render;

import static io.peft4j.harness.data.scenes.render.Noise.cell;
import static io.peft4j.harness.data.scenes.render.Noise.floor;
import static io.peft4j.harness.data.scenes.render.Noise.smooth;

/**
 * Procedural solid textures: how much of a material's second colour a point shows. Coordinates are
 * in periods of the pattern.
 */
public enum Pattern {
  /** One colour, barely uneven. */
  PLAIN {
    @Override
    double at(double x, double y, double z) {
      return 0;
    }
  },
  /** Cubes of alternating colour. */
  CHECKER {
    @Override
    double at(double x, double y, double z) {
      return (floor(x) + floor(y) + floor(z)) & 1;
    }
  },
  /** Bands across y. */
  STRIPES {
    @Override
    double at(double x, double y, double z) {
      return floor(2 * y) & 1;
    }
  },
  /** Bands along y. */
  BARS {
    @Override
    double at(double x, double y, double z) {
      return floor(2 * x) & 1;
    }
  },
  /** Balls in a cubic lattice. */
  DOTS {
    @Override
    double at(double x, double y, double z) {
      double fx = x - floor(x) - 0.5;
      double fy = y - floor(y) - 0.5;
      double fz = z - floor(z) - 0.5;
      return fx * fx + fy * fy + fz * fz < 0.14 ? 1 : 0;
    }
  },
  /** Two octaves of value noise with raised contrast. */
  CLOUDS {
    @Override
    double at(double x, double y, double z) {
      double n = 0.65 * smooth(x, y, z) + 0.35 * smooth(2 * x, 2 * y, 2 * z);
      return Math.max(0, Math.min(1, 2.2 * n - 0.6));
    }
  },
  /** Year rings about the y axis, disturbed by noise. */
  WOOD {
    @Override
    double at(double x, double y, double z) {
      double n = smooth(x, 0.25 * y, z);
      double r = 2 * Math.sqrt(x * x + z * z) + 1.5 * n;
      double f = r - floor(r);
      return f * f;
    }
  },
  /** Rows of bricks, one period wide and half a period high, with joints. */
  BRICKS {
    @Override
    double at(double x, double y, double z) {
      double row = 2 * y;
      int j = floor(row);
      double along = x + z + 0.5 * (j & 1);
      int i = floor(along);
      boolean joint = row - j < 0.14 || along - i < 0.07;
      return joint ? 1 : 0.35 * cell(i, j, 7);
    }
  },
  /** Boards along y, each with its own tone. */
  PLANKS {
    @Override
    double at(double x, double y, double z) {
      double across = 3 * x;
      int i = floor(across);
      double along = 0.5 * y + cell(i, 3, 5);
      int j = floor(along);
      boolean gap = across - i < 0.05 || along - j < 0.01;
      return gap ? 1 : 0.15 + 0.45 * cell(i, j, 1) + 0.2 * smooth(12 * x, y, z);
    }
  },
  /** Square tiles with joints. */
  TILES {
    @Override
    double at(double x, double y, double z) {
      int i = floor(x);
      int j = floor(y);
      boolean joint = x - i < 0.06 || y - j < 0.06;
      return joint ? 1 : 0.25 * cell(i, j, 2);
    }
  };

  /** Share of the second colour, in [0, 1]. */
  abstract double at(double x, double y, double z);
}
