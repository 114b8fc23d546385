package io.peft4j.baselines.kronecker;

import io.peft4j.api.method.Ops;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Sums of Kronecker products {@code Σⱼ Aⱼ ⊗ Bⱼ} with {@code A [n, rowsA, columnsA]}, {@code B [n,
 * rowsB, columnsB]}: one matrix product over j, then a permutation.
 *
 * @param terms n, at least 2: SameDiff's gradient of a product with one element is wrong
 * @param rowsA rows of each A
 * @param columnsA columns of each A
 * @param rowsB rows of each B
 * @param columnsB columns of each B
 */
public record KroneckerSum(int terms, int rowsA, int columnsA, int rowsB, int columnsB) {
  /** Checks the number of terms. */
  public KroneckerSum {
    if (terms < 2) {
      throw new IllegalArgumentException("a Kronecker sum needs two terms, not " + terms);
    }
  }

  /** {@code Σ Aⱼ ⊗ Bⱼ}, {@code [rowsA·rowsB, columnsA·columnsB]}. */
  public SDVariable of(Ops ops, SDVariable a, SDVariable b) {
    return entries(ops, a, b)
        .permute(0, 2, 1, 3)
        .reshape((long) rowsA * rowsB, (long) columnsA * columnsB);
  }

  /** {@code Σ Bⱼ ⊗ Aⱼ}, of the same shape. */
  public SDVariable swapped(Ops ops, SDVariable a, SDVariable b) {
    return entries(ops, a, b)
        .permute(2, 0, 3, 1)
        .reshape((long) rowsA * rowsB, (long) columnsA * columnsB);
  }

  /** {@code (Σ Aⱼ ⊗ Bⱼ)ᵀ}. */
  public SDVariable transposed(Ops ops, SDVariable a, SDVariable b) {
    return entries(ops, a, b)
        .permute(1, 3, 0, 2)
        .reshape((long) columnsA * columnsB, (long) rowsA * rowsB);
  }

  /** {@code Σ Aⱼ[r, c] Bⱼ[p, q]} at {@code [r, c, p, q]}. */
  private SDVariable entries(Ops ops, SDVariable a, SDVariable b) {
    SDVariable flatA = a.reshape(terms, (long) rowsA * columnsA);
    SDVariable flatB = b.reshape(terms, (long) rowsB * columnsB);
    return ops.matmul(flatA, flatB, true, false).reshape(rowsA, columnsA, rowsB, columnsB);
  }
}
