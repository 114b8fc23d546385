package io.peft4j.ditask;

import io.peft4j.api.linalg.Svd;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The frozen decomposition of one part of a weight, {@code U diag(values) Vᵀ} with n = min(out, in)
 * singular values and full orthonormal factors: a zero value may be moved too, so its vectors
 * matter.
 *
 * @param left U {@code [out, n]}
 * @param values singular values, descending
 * @param right Vᵀ {@code [n, in]}
 */
record Factors(INDArray left, double[] values, INDArray right) {
  /** Decomposes a part in double precision; the factors have the given type. */
  static Factors of(double[][] part, DataType type) {
    Svd svd = Svd.of(part, Math.min(part.length, part[0].length));
    INDArray left = Nd4j.createFromArray(svd.left()).transpose().castTo(type).dup('c');
    return new Factors(left, svd.values(), Nd4j.createFromArray(svd.right()).castTo(type));
  }
}
