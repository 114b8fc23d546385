package io.peft4j.baselines.hypernet;

import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.baselines.bottleneck.OwnWeights.Maker;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What a hypernetwork does before it generates: {@code z = LN(W₂ relu(W₁ e + b₁) + b₂)} with {@code
 * W₁ [H, kE]}, {@code W₂ [P, H]} (Karimi Mahabadi et al. 2021, section 2.2), e being k embeddings
 * side by side.
 *
 * @param sizes E, H and P
 * @param embeddings k
 */
public record HyperNet(HyperSizes sizes, int embeddings) {
  /** Standard deviation of every weight at the start; biases are zero. */
  static final double STD = 0.01;

  private static final double NORM_EPS = 1e-6;

  /** {@code (kE + 1)H + (H + 1)P + 2P}. */
  public long numbers() {
    long in = (long) embeddings * sizes.taskEmbedding();
    long h = sizes.hidden();
    long p = sizes.projected();
    return (in + 1) * h + (h + 1) * p + 2 * p;
  }

  /**
   * z.
   *
   * @param maker makes the parameters
   * @param prefix comes before their names
   * @param parts the k embeddings, each {@code [1, E]} or {@code [s, E]}
   * @return {@code [s, P]}
   */
  public SDVariable project(Ops ops, Maker maker, String prefix, List<SDVariable> parts) {
    int e = sizes.taskEmbedding();
    int h = sizes.hidden();
    int p = sizes.projected();
    SDVariable in =
        maker.param(prefix + "in.weight", Kind.WEIGHT, Init.normal(STD), h, (long) embeddings * e);
    SDVariable sum = maker.param(prefix + "in.bias", Kind.BIAS, Init.zeros(), h);
    for (int k = 0; k < embeddings; k++) {
      // the product with one embedding at a time: some are of one row, some of many
      SDVariable own = embeddings == 1 ? in : ops.slice(in, 1, (long) k * e, (k + 1L) * e);
      sum = ops.linear(parts.get(k), own).add(sum);
    }
    SDVariable out = maker.param(prefix + "out.weight", Kind.WEIGHT, Init.normal(STD), p, h);
    SDVariable outBias = maker.param(prefix + "out.bias", Kind.BIAS, Init.zeros(), p);
    SDVariable gain = maker.param(prefix + "norm.weight", Kind.NORM_WEIGHT, Init.ones(), p);
    SDVariable offset = maker.param(prefix + "norm.bias", Kind.NORM_BIAS, Init.zeros(), p);
    return ops.layerNorm(ops.linear(ops.relu(sum), out, outBias), gain, offset, NORM_EPS);
  }
}
