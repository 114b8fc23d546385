package io.peft4j.baselines.bottleneck;

import io.peft4j.baselines.oracle.Dense;

/** What an adapter needs beside {@link Dense}, by loops. */
public final class Loops {
  private Loops() {}

  /** {@code W v}. */
  public static double[] times(double[][] w, double[] v) {
    return Dense.product(new double[][] {v}, Dense.transposed(w))[0];
  }

  /** Sum, entry by entry. */
  public static double[] add(double[] a, double[] b) {
    double[] sum = a.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }

  /** {@code (v - mean)/√(variance + eps)·gain + offset}. */
  public static double[] layerNorm(double[] v, double[] gain, double[] offset, double eps) {
    double mean = 0;
    for (double e : v) {
      mean += e / v.length;
    }
    double variance = 0;
    for (double e : v) {
      variance += (e - mean) * (e - mean) / v.length;
    }
    double[] normed = new double[v.length];
    for (int i = 0; i < v.length; i++) {
      normed[i] = (v[i] - mean) / Math.sqrt(variance + eps) * gain[i] + offset[i];
    }
    return normed;
  }

  /** Adds {@code A ⊗ B} to {@code sum}: entry {@code (a·p + i, b·q + j)} is A[a][b]·B[i][j]. */
  public static void addKronecker(double[][] sum, double[][] a, double[][] b) {
    for (int r = 0; r < sum.length; r++) {
      for (int c = 0; c < sum[r].length; c++) {
        sum[r][c] += a[r / b.length][c / b[0].length] * b[r % b.length][c % b[0].length];
      }
    }
  }
}
