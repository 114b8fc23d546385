package io.peft4j.api.linalg;

/**
 * The eigenvalues of {@code diag(d) + ρ z zᵀ}: roots of {@code 1/ρ + Σ zᵢ²/(dᵢ - λ)}, one between
 * each two poles and one behind the last. A root is sought as its distance from the nearer pole, so
 * that every {@code dᵢ - λ} is known to full relative accuracy (Li, Solving secular equations
 * stably and efficiently, LAPACK working note 89: the fixed weight method, here inside a bracket).
 */
final class SecularEquation {
  private static final double EPS = 0x1p-53;
  private static final int MAX_STEPS = 200;

  /** A bracket that ends at a pole is shortened by this, as its other end says nothing of scale. */
  private static final double TOWARDS_POLE = 0x1p-10;

  private final double[] poles;
  private final double[] squares;
  private final double inverseRho;
  private final double reach;

  // the value at the last point, its parts left and right of the root, and their slopes
  private double value;
  private double left;
  private double right;
  private double leftSlope;
  private double rightSlope;

  /**
   * @param poles ascending, no two equal
   * @param squares the zᵢ², positive
   */
  SecularEquation(double[] poles, double[] squares, double rho) {
    this.poles = poles;
    this.squares = squares;
    this.inverseRho = 1 / rho;
    double sum = 0;
    for (double square : squares) {
      sum += square;
    }
    this.reach = rho * sum;
  }

  /** Fills in {@code dᵢ - λ} for root {@code j}, in ascending order, and returns λ. */
  double root(int j, double[] distances) {
    int n = poles.length;
    boolean last = j == n - 1;
    int origin = j;
    double low = 0;
    double high = reach;
    if (!last) {
      double half = (poles[j + 1] - poles[j]) / 2;
      subtract(poles[j], distances);
      evaluate(j, distances, half);
      if (value < 0) {
        origin = j + 1;
        low = -half;
        high = 0;
      } else {
        high = half;
      }
    }
    subtract(poles[origin], distances);
    double x = solve(j, distances, low, high);
    for (int i = 0; i < n; i++) {
      distances[i] -= x;
    }
    return poles[origin] + x;
  }

  private double solve(int j, double[] shifted, double low, double high) {
    double x = low == 0 ? high : low;
    double before = Double.POSITIVE_INFINITY;
    for (int step = 0; step < MAX_STEPS; step++) {
      evaluate(j, shifted, x);
      double slope = leftSlope + rightSlope;
      double noise = 8 * (right - left) + inverseRho + Math.abs(x) * slope;
      if (Math.abs(value) <= EPS * noise) {
        break;
      }
      if (value < 0) {
        low = x;
      } else {
        high = x;
      }
      // a model that did not pay is not asked again at once
      boolean slow = Math.abs(value) > before / 2;
      before = slow ? Double.POSITIVE_INFINITY : Math.abs(value);
      double next = slow ? Double.NaN : x + change(j, shifted, x);
      if (!(next > low && next < high)) {
        next = between(low, high);
      }
      if (Math.abs(next - x) <= EPS * Math.abs(x) || next <= low || next >= high) {
        x = next;
        break;
      }
      x = next;
    }
    return x;
  }

  private void subtract(double origin, double[] shifted) {
    for (int i = 0; i < poles.length; i++) {
      shifted[i] = poles[i] - origin;
    }
  }

  private void evaluate(int j, double[] shifted, double x) {
    double sum = 0;
    double slope = 0;
    for (int i = 0; i <= j; i++) {
      double inverse = 1 / (shifted[i] - x);
      double term = squares[i] * inverse;
      sum += term;
      slope += term * inverse;
    }
    left = sum;
    leftSlope = slope;
    sum = 0;
    slope = 0;
    for (int i = poles.length - 1; i > j; i--) {
      double inverse = 1 / (shifted[i] - x);
      double term = squares[i] * inverse;
      sum += term;
      slope += term * inverse;
    }
    right = sum;
    rightSlope = slope;
    value = inverseRho + left + right;
  }

  /** By how much to move: to the root of a model with the poles beside the root. */
  private double change(int j, double[] shifted, double x) {
    double slope = leftSlope + rightSlope;
    double below = shifted[j] - x;
    if (j == poles.length - 1) {
      double constant = value - slope * below;
      // the model c + s/(d - x) with s = slope·below²
      return constant > 0 ? below + slope * below * below / constant : Double.NaN;
    }
    double above = shifted[j + 1] - x;
    double gap = above - below;
    double fixed = shifted[j] == 0 ? squares[j] / below / below : squares[j + 1] / above / above;
    double c =
        shifted[j] == 0 ? value - above * slope + gap * fixed : value - below * slope - gap * fixed;
    double a = (below + above) * value - below * above * slope;
    double b = below * above * value;
    double root = Math.sqrt(Math.abs(a * a - 4 * b * c));
    if (c == 0) {
      return b / a;
    }
    return a <= 0 ? (a - root) / (2 * c) : 2 * b / (a + root);
  }

  private static double between(double low, double high) {
    if (low == 0) {
      return high * TOWARDS_POLE;
    }
    if (high == 0) {
      return low * TOWARDS_POLE;
    }
    return low + (high - low) / 2;
  }
}
