package io.peft4j.baselines.bottleneck;

import io.peft4j.baselines.oracle.Dense;
import java.util.Optional;
import java.util.function.Function;

/**
 * {@code A(h) = s·(h + f(h))} row by row.
 *
 * @param shape positions, insertion, norm, activation and scale
 * @param weights weights by path of the site
 */
public record PlainAdapter(Bottleneck shape, Function<String, PlainWeights> weights) {
  private static final double NORM_EPS = 1e-5;

  /** The adapted output of a sub-layer, or the output itself where no adapter stands. */
  double[][] serial(String site, double[][] h) {
    return shape.insertion() == Insertion.SERIAL && stands(site) ? adapted(site, h) : h;
  }

  /** A residual sum whose summand {@code skip} is replaced by A(skip), where an adapter stands. */
  double[][] parallel(String site, double[][] sum, double[][] skip) {
    if (shape.insertion() == Insertion.SERIAL || !stands(site)) {
      return sum;
    }
    return Dense.sum(Dense.sum(sum, -1, skip), 1, adapted(site, skip));
  }

  private boolean stands(String site) {
    boolean attention = site.endsWith(".attn.out") || site.endsWith(".residual");
    return shape.positions().contains(attention ? Position.ATTENTION : Position.MLP);
  }

  private double[][] adapted(String site, double[][] h) {
    PlainWeights w = weights.apply(site);
    double[][] y = new double[h.length][];
    for (int r = 0; r < h.length; r++) {
      double[] x = shape.norm() == NormPlace.PRE ? normed(h[r], w) : h[r];
      double[] inner = Loops.add(Loops.times(w.down(), x), w.downBias());
      for (int i = 0; i < inner.length; i++) {
        inner[i] = activation(shape.activation(), inner[i]);
      }
      double[] branch = Loops.add(Loops.times(w.up(), inner), w.upBias());
      y[r] = Loops.add(h[r], shape.norm() == NormPlace.POST ? normed(branch, w) : branch);
    }
    return Dense.map(y, v -> shape.scale() * v);
  }

  private static double[] normed(double[] v, PlainWeights w) {
    double[][] norm = w.norm().orElseThrow();
    return Loops.layerNorm(v, norm[0], norm[1], NORM_EPS);
  }

  private static double activation(Activation activation, double x) {
    return switch (activation) {
      case SWISH -> x / (1 + Math.exp(-x));
      case RELU -> Math.max(x, 0);
      case GELU_TANH ->
          0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      case GELU -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
    };
  }

  /** {@code 2/√π e^-x² Σ 2ⁿx²ⁿ⁺¹/(2n+1)!!}, whose terms do not cancel. */
  private static double erf(double x) {
    if (Math.abs(x) > 6) {
      return Math.signum(x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; n < 200; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }

  /**
   * Weights of one adapter.
   *
   * @param norm gain and offset
   */
  public record PlainWeights(
      double[][] down,
      double[] downBias,
      double[][] up,
      double[] upBias,
      Optional<double[][]> norm) {
    /**
     * Weights that are trained themselves.
     *
     * @param site path of the site
     * @param down end of the names of the down projection
     * @param up end of the names of the up projection
     * @param norm end of the names of the norm
     */
    public static PlainWeights trained(
        Params params, String site, String down, String up, String norm) {
      String path = site + ".adapter.";
      return new PlainWeights(
          params.matrix(path + "down.weight" + down),
          params.vector(path + "down.bias" + down),
          params.matrix(path + "up.weight" + up),
          params.vector(path + "up.bias" + up),
          trainedNorm(params, site, norm));
    }

    /** The norm of an adapter, if one is trained. */
    public static Optional<double[][]> trainedNorm(Params params, String site, String end) {
      String path = site + ".adapter.norm.";
      return params.has(path + "weight" + end)
          ? Optional.of(
              new double[][] {
                params.vector(path + "weight" + end), params.vector(path + "bias" + end)
              })
          : Optional.empty();
    }
  }
}
