package io.peft4j.api.linalg;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The eigenpairs of {@code Qᵀ diag(d) Q + ρ v vᵀ} from those of two halves, where v couples them:
 * one step of {@link DivideAndConquer}. Entries of {@code z = Q v} that vanish, and values that are
 * equal, deflate (Dongarra and Sorensen 1987); eigenvectors come from the z that has the computed
 * roots exactly (Gu and Eisenstat), and so are orthogonal however close the roots are.
 */
final class RankOneChange {
  private static final double EPS = 0x1p-53;

  private final int upperSize;
  private final double rho;
  private final double tolerance;
  private final double[] d;
  private final double[] z;
  private final double[][] rows;

  /** Which columns of a row may not be zero: those of the upper half, of the lower, of both. */
  private final boolean[] inUpper;

  private final boolean[] inLower;
  private final List<Integer> kept = new ArrayList<>();
  private final List<Integer> deflated = new ArrayList<>();

  private RankOneChange(int upperSize, double rho, double[] d, double[] z, double[][] rows) {
    this.upperSize = upperSize;
    this.rho = rho;
    this.d = d;
    this.z = z;
    this.rows = rows;
    double size = Arrays.stream(d).map(Math::abs).max().orElse(0);
    this.tolerance = 8 * EPS * Math.max(size, rho);
    this.inUpper = new boolean[d.length];
    this.inLower = new boolean[d.length];
    Arrays.fill(inUpper, 0, upperSize, true);
    Arrays.fill(inLower, upperSize, d.length, true);
  }

  /** Two halves that an off-diagonal entry couples; it has been taken off both diagonals. */
  static RankOneChange of(DivideAndConquer upper, DivideAndConquer lower, double coupling) {
    int first = upper.values().length;
    int n = first + lower.values().length;
    double[] d = Arrays.copyOf(upper.values(), n);
    System.arraycopy(lower.values(), 0, d, first, n - first);
    double[] z = new double[n];
    double[][] rows = new double[n][n];
    // v = e + sign·e' at the cut, of length √2
    double half = Math.sqrt(0.5);
    for (int i = 0; i < n; i++) {
      boolean isUpper = i < first;
      double[] vector = isUpper ? upper.vectors()[i] : lower.vectors()[i - first];
      System.arraycopy(vector, 0, rows[i], isUpper ? 0 : first, vector.length);
      z[i] = isUpper ? half * vector[first - 1] : Math.copySign(half, coupling) * vector[0];
    }
    return new RankOneChange(first, 2 * Math.abs(coupling), d, z, rows);
  }

  DivideAndConquer solve() {
    deflate();
    int n = d.length;
    double[] values = new double[n];
    double[][] vectors = new double[n][];
    for (int i = 0; i < deflated.size(); i++) {
      values[i] = d[deflated.get(i)];
      vectors[i] = rows[deflated.get(i)];
    }
    if (!kept.isEmpty()) {
      changed(values, vectors);
    }
    return DivideAndConquer.sorted(values, vectors);
  }

  private void deflate() {
    int[] order =
        IntStream.range(0, d.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> d[i]))
            .mapToInt(i -> i)
            .toArray();
    int pending = -1;
    for (int i : order) {
      if (rho * Math.abs(z[i]) <= tolerance) {
        deflated.add(i);
      } else if (pending < 0) {
        pending = i;
      } else {
        if (isDeflatedByRotation(pending, i)) {
          deflated.add(pending);
        } else {
          kept.add(pending);
        }
        pending = i;
      }
    }
    if (pending >= 0) {
      kept.add(pending);
    }
  }

  /**
   * Turns the plane of two near values so that z meets only the second, if that changes nothing.
   */
  private boolean isDeflatedByRotation(int i, int j) {
    double length = StrictMath.hypot(z[i], z[j]);
    double c = z[j] / length;
    double s = z[i] / length;
    if (Math.abs((d[j] - d[i]) * c * s) > tolerance) {
      return false;
    }
    QlIteration.rotate(rows[i], rows[j], c, s);
    z[j] = length;
    z[i] = 0;
    double di = d[i] * c * c + d[j] * s * s;
    d[j] = d[i] * s * s + d[j] * c * c;
    d[i] = di;
    inUpper[j] |= inUpper[i];
    inLower[j] |= inLower[i];
    return true;
  }

  /** Puts what did not deflate behind what did. */
  private void changed(double[] values, double[][] vectors) {
    int k = kept.size();
    double[] poles = kept.stream().mapToDouble(i -> d[i]).toArray();
    double[] squares = kept.stream().mapToDouble(i -> z[i] * z[i]).toArray();
    SecularEquation equation = new SecularEquation(poles, squares, rho);
    double[][] distances = new double[k][k];
    int offset = deflated.size();
    for (int j = 0; j < k; j++) {
      values[offset + j] = equation.root(j, distances[j]);
    }
    double[] exact = zOfRoots(poles, distances);
    for (int j = 0; j < k; j++) {
      toUnitVector(exact, distances[j]);
    }
    double[][] out = new double[k][d.length];
    addColumns(out, distances, inUpper, 0, upperSize);
    addColumns(out, distances, inLower, upperSize, d.length);
    System.arraycopy(out, 0, vectors, offset, k);
  }

  /**
   * The z, but for a factor of all, for which the roots are exact: Löwner's formula {@code zᵢ² =
   * Πⱼ(λⱼ - dᵢ) / Πⱼ≠ᵢ(dⱼ - dᵢ)}.
   *
   * @param distances {@code dᵢ - λⱼ} in row j
   */
  private double[] zOfRoots(double[] poles, double[][] distances) {
    int k = poles.length;
    double[] squares = new double[k];
    for (int i = 0; i < k; i++) {
      squares[i] = -distances[i][i];
    }
    for (int j = 0; j < k; j++) {
      double[] row = distances[j];
      double pole = poles[j];
      for (int i = 0; i < j; i++) {
        squares[i] *= row[i] / (poles[i] - pole);
      }
      for (int i = j + 1; i < k; i++) {
        squares[i] *= row[i] / (poles[i] - pole);
      }
    }
    double[] exact = new double[k];
    for (int i = 0; i < k; i++) {
      exact[i] = Math.copySign(Math.sqrt(squares[i]), z[kept.get(i)]);
    }
    return exact;
  }

  private static void toUnitVector(double[] exact, double[] distances) {
    for (int i = 0; i < exact.length; i++) {
      distances[i] = exact[i] / distances[i];
    }
    double length = Math.sqrt(Products.dot(distances, distances, 0));
    for (int i = 0; i < exact.length; i++) {
      distances[i] /= length;
    }
  }

  /** Columns of {@code combinations · kept rows}, from rows that are not zero there. */
  private void addColumns(
      double[][] out, double[][] combinations, boolean[] notZero, int from, int to) {
    int[] used = IntStream.range(0, kept.size()).filter(i -> notZero[kept.get(i)]).toArray();
    double[][] factors = new double[combinations.length][used.length];
    for (int j = 0; j < factors.length; j++) {
      for (int i = 0; i < used.length; i++) {
        factors[j][i] = combinations[j][used[i]];
      }
    }
    double[][] terms =
        Arrays.stream(used).mapToObj(i -> rows[kept.get(i)]).toArray(double[][]::new);
    Products.add(out, factors, terms, from, to);
  }
}
