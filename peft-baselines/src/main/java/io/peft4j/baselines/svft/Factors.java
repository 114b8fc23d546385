package io.peft4j.baselines.svft;

import io.peft4j.api.linalg.Svd;
import io.peft4j.baselines.linalg.Orthonormal;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What stays frozen of a weight {@code [out, in]}.
 *
 * @param left left singular vectors as rows {@code [n, out]}
 * @param right right singular vectors as rows {@code [n, in]}
 * @param base the weight under the update, {@code [out, in]} in rows
 */
record Factors(double[][] left, double[][] right, double[][] base) {

  /** The factors of a weight, given by rows; only n of them where the tail is left out. */
  static Factors of(double[][] weight, SvftConfig config, long seed) {
    int all = Math.min(weight.length, weight[0].length);
    int rank = rank(all, config);
    if (rank == all || config.tail() == SvftConfig.Tail.KEEP) {
      Svd svd = Svd.of(weight, rank);
      return new Factors(svd.left(), svd.right(), weight);
    }
    Svd svd = Svd.of(weight, rank);
    double[][] base = principal(svd, weight.length, weight[0].length);
    if (config.tail() == SvftConfig.Tail.DROP) {
      return new Factors(svd.left(), svd.right(), base);
    }
    SplittableRandom random = new SplittableRandom(seed);
    return new Factors(
        extended(svd.left(), Orthonormal.random(random, all, weight.length), rank),
        extended(svd.right(), Orthonormal.random(random, all, weight[0].length), rank),
        base);
  }

  /** The rank that a configuration gives to a weight with this many triplets. */
  static int rank(int triplets, SvftConfig config) {
    return config.rank() == 0 ? triplets : Math.min(triplets, config.rank());
  }

  /** Rows and columns of M. */
  static int size(int triplets, SvftConfig config) {
    return config.tail() == SvftConfig.Tail.FILL ? triplets : rank(triplets, config);
  }

  /**
   * What the authors' top_k compares: {@code U V} where both are square, else the square one of
   * them.
   */
  double[][] agreement() {
    int n = left.length;
    boolean squareLeft = left[0].length == n;
    boolean squareRight = right[0].length == n;
    if (squareLeft && squareRight) {
      double[][] product = new double[n][n];
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          for (int k = 0; k < n; k++) {
            // left holds the columns of U as rows; U Vhᵀ has (i, j) = Σ U[i][k] Vh[j][k]
            product[i][j] += left[k][i] * right[j][k];
          }
        }
      }
      return product;
    }
    if (!squareLeft) {
      return right;
    }
    double[][] u = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        u[i][j] = left[j][i];
      }
    }
    return u;
  }

  /** Rows as an array of a type. */
  static INDArray array(double[][] rows, DataType type) {
    return Nd4j.createFromArray(rows).castTo(type);
  }

  private static double[][] principal(Svd svd, int out, int in) {
    double[][] w = new double[out][in];
    for (int k = 0; k < svd.values().length; k++) {
      double[] right = svd.right()[k];
      for (int i = 0; i < out; i++) {
        double factor = svd.values()[k] * svd.left()[k][i];
        for (int j = 0; j < in; j++) {
          w[i][j] += factor * right[j];
        }
      }
    }
    return w;
  }

  private static double[][] extended(double[][] vectors, double[][] more, int rank) {
    double[][] all = Arrays.copyOf(vectors, more.length);
    System.arraycopy(more, 0, all, rank, more.length - rank);
    return all;
  }
}
