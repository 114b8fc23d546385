package io.peft4j.api.lowrank;

import java.util.Arrays;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The update of one linear layer: {@code W' = W + s·B A}, or with a magnitude {@code W' = m ·
 * V/‖V‖} of {@code V = W + s·B A} by rows (DoRA, Liu et al., ICML 2024, eq. 5).
 *
 * @param a {@code [rank, in]}
 * @param b {@code [out, rank]}
 * @param alpha numerator of the scale s, see {@link #scale}
 * @param magnitude m, {@code [out]}
 */
public record LowRankUpdate(INDArray a, INDArray b, double alpha, Optional<INDArray> magnitude) {
  /** Checks that the shapes fit each other and alpha is finite. */
  public LowRankUpdate {
    boolean matrices = a.rank() == 2 && b.rank() == 2 && a.size(0) == b.size(1);
    if (!matrices || magnitude.isPresent() && magnitude.get().length() != b.size(0)) {
      throw new IllegalArgumentException(
          "A %s, B %s%s are no update of a layer"
              .formatted(
                  Arrays.toString(a.shape()),
                  Arrays.toString(b.shape()),
                  magnitude.map(m -> ", m " + Arrays.toString(m.shape())).orElse("")));
    }
    if (!Double.isFinite(alpha)) {
      throw new IllegalArgumentException("alpha %s is not finite".formatted(alpha));
    }
  }

  /** The rank r. */
  public int rank() {
    return Math.toIntExact(a.size(0));
  }

  /** Width of the layer's input. */
  public long in() {
    return a.size(1);
  }

  /** Width of the layer's output. */
  public long out() {
    return b.size(0);
  }

  /** {@code alpha/r}, or {@code alpha/√r} (Kalajdzievski 2023). */
  public double scale(boolean rslora) {
    return alpha / divisor(rank(), rslora);
  }

  /** What alpha is divided by at a rank: the rank, or its root. */
  public static double divisor(int rank, boolean rslora) {
    return rslora ? Math.sqrt(rank) : rank;
  }
}
