package io.peft4j.ditask;

/**
 * Coordinates θ of a CPAB velocity field (Freifeld et al., IEEE PAMI 2017, section 4): continuous,
 * affine on each of equal cells of [0, 1], zero at both ends. All bases span the same fields.
 *
 * <p>The other two bases of difw, svd and qr, are defined up to a rotation only and cannot be
 * exchanged.
 */
public enum Basis {
  /**
   * Reduced row echelon form, the default of difw and so of the released DiTASK: coordinate k rises
   * from 0 at 0 to 1/cells at knot k and falls to 0 at knot k + 1.
   */
  RREF {
    @Override
    double entry(int knot, int k, int cells) {
      return knot <= k ? (double) knot / k / cells : 0;
    }
  },
  /** Coordinate k is a hat of height 1/cells at knot k. */
  SPARSE {
    @Override
    double entry(int knot, int k, int cells) {
      return knot == k ? 1.0 / cells : 0;
    }
  };

  /** Number of coordinates of a field of {@code cells} cells. */
  static int size(int cells) {
    return cells - 1;
  }

  /** The matrix {@code [cells + 1, cells - 1]} that takes θ to the velocities at the knots. */
  double[][] knotVelocities(int cells) {
    double[][] m = new double[cells + 1][size(cells)];
    for (int knot = 1; knot < cells; knot++) {
      for (int k = 1; k < cells; k++) {
        m[knot][k - 1] = entry(knot, k, cells);
      }
    }
    return m;
  }

  /** Velocity at an inner knot of coordinate {@code k}, both counted from 1. */
  abstract double entry(int knot, int k, int cells);
}
