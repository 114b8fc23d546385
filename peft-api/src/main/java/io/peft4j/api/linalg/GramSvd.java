package io.peft4j.api.linalg;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Singular triplets from the eigenvectors of a Gram matrix, which is cheap but squares the
 * condition number: singular vectors on the longer side are orthogonal to {@code ε (σ₁/σ)²}. So
 * only values above {@link #TRUSTED} of the largest are taken from it; what is left of the matrix
 * without them is decomposed in the same way, where its own largest value sets the scale.
 *
 * @param values descending
 * @param shorter rows are singular vectors of the shorter side
 * @param longer rows are singular vectors of the longer side; rows of values near zero are of no
 *     use
 */
record GramSvd(double[] values, double[][] shorter, double[][] longer) {
  /** Costs three digits of orthogonality, and a second pass for few rows of a usual weight. */
  private static final double TRUSTED = 1.0 / 32;

  /**
   * The {@code count} largest triplets, or more where small ones need each other.
   *
   * @param wide no more rows than columns
   * @param noise values up to this share of the largest need not be told from zero
   */
  static GramSvd of(double[][] wide, int count, double noise) {
    GramSvd svd = of(wide, count);
    // once more, as values where two passes meet may have changed places by a rounding
    return svd.withoutDoubt(noise * svd.values[0]).sorted();
  }

  private static GramSvd of(double[][] wide, int count) {
    int n = wide.length;
    SymmetricEigen eigen = SymmetricEigen.of(Products.gram(wide));
    boolean areTrusted = eigen.value(count - 1) > TRUSTED * TRUSTED * eigen.value(0);
    double[][] shorter = eigen.vectors(areTrusted ? count : n);
    double[][] images = Products.of(shorter, wide);
    double[] norms =
        Arrays.stream(images).mapToDouble(r -> Math.sqrt(Products.dot(r, r, 0))).toArray();
    return new GramSvd(norms, shorter, images).sorted();
  }

  private GramSvd sorted() {
    int[] order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(Comparator.comparingDouble(k -> -values[k]))
            .mapToInt(k -> k)
            .toArray();
    return new GramSvd(
        Arrays.stream(order).mapToDouble(k -> values[k]).toArray(),
        Arrays.stream(order).mapToObj(k -> shorter[k]).toArray(double[][]::new),
        Arrays.stream(order).mapToObj(k -> longer[k]).toArray(double[][]::new));
  }

  /** From images to unit vectors, those of small values by a decomposition of what is left. */
  private GramSvd withoutDoubt(double zero) {
    int n = values.length;
    if (Arrays.stream(values).allMatch(v -> v <= zero)) {
      return this;
    }
    int trusted = 0;
    while (trusted < n && values[trusted] > TRUSTED * values[0]) {
      for (int i = 0; i < longer[trusted].length; i++) {
        longer[trusted][i] /= values[trusted];
      }
      trusted++;
    }
    if (trusted == n) {
      return this;
    }
    double[][] known = Arrays.copyOf(longer, trusted);
    double[][] rest = Arrays.copyOfRange(longer, trusted, n);
    removeSpan(rest, known);
    GramSvd small = of(rest, rest.length).withoutDoubt(zero);
    double[][] directions = Products.of(small.shorter, Arrays.copyOfRange(shorter, trusted, n));
    System.arraycopy(directions, 0, shorter, trusted, n - trusted);
    System.arraycopy(small.longer, 0, longer, trusted, n - trusted);
    System.arraycopy(small.values, 0, values, trusted, n - trusted);
    return this;
  }

  /** {@code rest -= (rest · knownᵀ) · known}. */
  private static void removeSpan(double[][] rest, double[][] known) {
    double[][] shares = Products.of(rest, Products.transposed(known));
    for (double[] row : shares) {
      for (int i = 0; i < row.length; i++) {
        row[i] = -row[i];
      }
    }
    Products.add(rest, shares, known, 0, known[0].length);
  }
}
