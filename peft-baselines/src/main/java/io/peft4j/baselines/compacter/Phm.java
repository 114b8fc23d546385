package io.peft4j.baselines.compacter;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.baselines.kronecker.KroneckerSum;
import io.peft4j.baselines.kronecker.LowRank;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * A parameterized hypercomplex multiplication (Zhang et al. 2021; Karimi Mahabadi et al. 2021, eq.
 * 4 and 5): {@code H = Σᵢ Aᵢ ⊗ (lᵢ rᵢ)}, {@code [in, out]}, with {@code A [n, n, n]}, {@code l [n,
 * in/n, k]}, {@code r [n, k, out/n]}.
 *
 * @param terms n
 * @param rank k
 * @param in input width
 * @param out output width
 */
record Phm(int terms, int rank, int in, int out) {
  /**
   * Checks that n divides both widths.
   *
   * @param site path for the message
   */
  static Phm of(String site, int terms, int rank, int in, int out) {
    if (in % terms != 0 || out % terms != 0) {
      throw new InputException(
          "terms %d must divide the widths %d and %d of the adapter at %s; change terms or reduction"
              .formatted(terms, Math.max(in, out), Math.min(in, out), site));
    }
    return new Phm(terms, rank, in, out);
  }

  /** {@code k(in + out)}, A not counted. */
  long numbers() {
    return (long) rank * (in + out);
  }

  /**
   * {@code Hᵀ [out, in]}, a weight as linear layers have it.
   *
   * @param rule A
   * @param local local name of the factors
   * @param zero whether l starts at zero
   */
  SDVariable weight(Emit emit, SDVariable rule, String local, boolean zero) {
    int rows = in / terms;
    int columns = out / terms;
    SDVariable left =
        emit.param(
            local + ".left",
            Kind.LOW_RANK,
            zero ? Init.zeros() : glorot(rows, rank),
            terms,
            rows,
            rank);
    SDVariable right =
        emit.param(local + ".right", Kind.LOW_RANK, glorot(rank, columns), terms, rank, columns);
    SDVariable b = LowRank.product(emit.ops(), left, right, rank);
    return new KroneckerSum(terms, terms, terms, rows, columns).transposed(emit.ops(), rule, b);
  }

  /** Glorot and Bengio 2010, gain √2 as in the published code, for each matrix by itself. */
  private static Init glorot(int fanIn, int fanOut) {
    return Init.uniform(Math.sqrt(2) * Math.sqrt(6.0 / (fanIn + fanOut)));
  }
}
