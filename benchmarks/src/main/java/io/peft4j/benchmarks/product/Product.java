package io.peft4j.benchmarks.product;

import java.util.ArrayList;
import java.util.List;

/**
 * The matrix product {@code op(A)·op(B)} of {@code [batch, m, k]} and {@code [batch, k, n]}.
 *
 * @param batch products of one shape that are computed together; 1 for a plain one
 * @param m rows of the result
 * @param k length of the sums
 * @param n columns of the result
 * @param transposeA whether A is stored as {@code [k, m]}
 * @param transposeB whether B is stored as {@code [n, k]}
 */
public record Product(long batch, long m, long k, long n, boolean transposeA, boolean transposeB) {
  /** Multiply-accumulates. */
  public long macs() {
    return Math.multiplyExact(batch * m, k * n);
  }

  /** Shape in which A is stored, without the batch. */
  long[] shapeA() {
    return transposeA ? new long[] {k, m} : new long[] {m, k};
  }

  /** Shape in which B is stored, without the batch. */
  long[] shapeB() {
    return transposeB ? new long[] {n, k} : new long[] {k, n};
  }

  /**
   * The products of the backward pass, for {@code C = op(A)·op(B)}:
   *
   * <pre>
   * dA = dC·op(B)ᵀ   or, where A is transposed, op(B)·dCᵀ
   * dB = op(A)ᵀ·dC   or, where B is transposed, dCᵀ·op(A)
   * </pre>
   */
  List<Product> backward(boolean needsA, boolean needsB) {
    List<Product> products = new ArrayList<>();
    if (needsA) {
      products.add(
          transposeA
              ? new Product(batch, k, n, m, transposeB, true)
              : new Product(batch, m, n, k, false, !transposeB));
    }
    if (needsB) {
      products.add(
          transposeB
              ? new Product(batch, n, m, k, true, transposeA)
              : new Product(batch, k, m, n, !transposeA, false));
    }
    return products;
  }
}
