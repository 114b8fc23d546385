package io.peft4j.baselines.hypernet;

import io.peft4j.api.InputException;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.baselines.kronecker.LowRank;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * How a generated vector stands for a matrix {@code [out, in]}: entry by entry, or as two factors
 * {@code [out, r]} and {@code [r, in]}, one after the other.
 *
 * @param out rows
 * @param in columns
 * @param rank r; 0 for every entry
 */
record MatrixCode(int out, int in, int rank) {
  static MatrixCode full(int out, int in) {
    return new MatrixCode(out, in, 0);
  }

  /**
   * Two factors.
   *
   * @param rule the rank, or {@code -k} for a k-th of the smaller side, at least 1
   * @throws InputException if the rank is larger than the smaller side
   */
  static MatrixCode lowRank(int out, int in, int rule) {
    int side = Math.min(out, in);
    if (rule > side) {
      throw new InputException(
          "rank %d is larger than generated weights of %d by %d allow; at most %d, or -k for a k-th"
              .formatted(rule, out, in, side));
    }
    return new MatrixCode(out, in, rule > 0 ? rule : Math.max(side / -rule, 1));
  }

  /** Length of the vector. */
  int length() {
    return rank == 0 ? out * in : rank * (out + in);
  }

  /** The matrices {@code [s, out, in]} of the rows of {@code codes [s, length]}. */
  SDVariable matrices(Ops ops, SDVariable codes, int s) {
    if (rank == 0) {
      return codes.reshape(s, out, in);
    }
    long first = (long) out * rank;
    SDVariable left = ops.slice(codes, 1, 0, first).reshape(s, out, rank);
    SDVariable right = ops.slice(codes, 1, first, length()).reshape(s, rank, in);
    return LowRank.product(ops, left, right, rank);
  }

  /** Start of the layer that generates the vector, such that the matrix is zero. */
  Init zeroStart() {
    if (rank == 0) {
      return Init.zeros();
    }
    // the other factor stays, or neither would ever learn
    return (random, type, shape) -> {
      INDArray start = Init.normal(HyperNet.STD).create(random, type, shape);
      start.get(NDArrayIndex.interval(0, (long) out * rank), NDArrayIndex.all()).assign(0);
      return start;
    };
  }
}
