package io.peft4j.baselines.kronecker;

import io.peft4j.api.method.Ops;
import org.nd4j.autodiff.samediff.SDVariable;

/** Products of two factors. */
public final class LowRank {
  private LowRank() {}

  /**
   * {@code L R} over the last two dimensions, {@code [… , rows, rank]} by {@code [… , rank,
   * columns]}; of rank 1 by broadcasting, as SameDiff's gradient of a matrix product with one
   * element is wrong.
   */
  public static SDVariable product(Ops ops, SDVariable left, SDVariable right, int rank) {
    return rank == 1 ? left.mul(right) : ops.matmul(left, right, false, false);
  }
}
