package io.peft4j.baselines.hypernet;

import io.peft4j.baselines.bottleneck.Loops;
import io.peft4j.baselines.bottleneck.Params;
import io.peft4j.baselines.oracle.Dense;
import java.util.Arrays;
import java.util.stream.DoubleStream;

/** The equations of hypernetworks, row by row. */
public final class PlainHyper {
  private PlainHyper() {}

  /** {@code LN(W₂ relu(W₁ [e₁; e₂; …] + b₁) + b₂)}. */
  public static double[] z(Params params, String prefix, double[]... embeddings) {
    double[] e = Arrays.stream(embeddings).flatMapToDouble(DoubleStream::of).toArray();
    double[] hidden = affine(params, prefix + "in", e);
    for (int i = 0; i < hidden.length; i++) {
      hidden[i] = Math.max(hidden[i], 0);
    }
    return Loops.layerNorm(
        affine(params, prefix + "out", hidden),
        params.vector(prefix + "norm.weight"),
        params.vector(prefix + "norm.bias"),
        1e-6);
  }

  /** {@code W x + b}. */
  public static double[] affine(Params params, String layer, double[] x) {
    return Loops.add(
        Loops.times(params.matrix(layer + ".weight"), x), params.vector(layer + ".bias"));
  }

  /** A matrix from its entries, or from two factors of a rank. */
  public static double[][] matrix(double[] code, int out, int in, int rank) {
    return rank == 0
        ? rows(code, 0, out, in)
        : Dense.product(rows(code, 0, out, rank), rows(code, out * rank, rank, in));
  }

  private static double[][] rows(double[] entries, int from, int rows, int columns) {
    double[][] matrix = new double[rows][];
    Arrays.setAll(
        matrix, r -> Arrays.copyOfRange(entries, from + r * columns, from + (r + 1) * columns));
    return matrix;
  }
}
