package io.peft4j.ditask;

/**
 * The oracle: the time-one flow of a point by walking from cell to cell, in double precision, with
 * its derivative by the point.
 */
final class ExactFlow {
  private final double[] velocity;
  private final int cells;

  /** The flow with these velocities at the knots. */
  ExactFlow(double... velocity) {
    this.velocity = velocity;
    this.cells = velocity.length - 1;
  }

  /** The flow of θ in a basis. */
  static ExactFlow of(Basis basis, double[] theta) {
    double[][] m = basis.knotVelocities(theta.length + 1);
    double[] velocity = new double[m.length];
    for (int j = 0; j < m.length; j++) {
      for (int k = 0; k < theta.length; k++) {
        velocity[j] += m[j][k] * theta[k];
      }
    }
    return new ExactFlow(velocity);
  }

  /** Velocity at a point. */
  double velocity(double x) {
    int c = Math.max(0, Math.min(cells - 1, (int) Math.floor(x * cells)));
    double share = x * cells - c;
    return velocity[c] * (1 - share) + velocity[c + 1] * share;
  }

  /** Where a point is after time t. */
  double at(double start, double t) {
    double x = start;
    double left = t;
    double v = velocity(x);
    boolean right = v > 0;
    int c = (int) (right ? Math.floor(x * cells) : Math.ceil(x * cells) - 1);
    c = Math.max(0, Math.min(cells - 1, c));
    while (true) {
      double exit = velocity[right ? c + 1 : c];
      double end = (double) (right ? c + 1 : c) / cells;
      double time = v * exit > 0 ? (end - x) / v * log1pRatio((exit - v) / v) : Double.MAX_VALUE;
      if (time >= left) {
        double a = (velocity[c + 1] - velocity[c]) * cells;
        return x + v * left * expm1Ratio(a * left);
      }
      left -= time;
      x = end;
      v = exit;
      c += right ? 1 : -1;
    }
  }

  private static double log1pRatio(double z) {
    return Math.abs(z) < 1e-12 ? 1 : Math.log1p(z) / z;
  }

  private static double expm1Ratio(double z) {
    return Math.abs(z) < 1e-12 ? 1 : Math.expm1(z) / z;
  }
}
