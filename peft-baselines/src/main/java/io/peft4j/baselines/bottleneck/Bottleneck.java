package io.peft4j.baselines.bottleneck;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Ops;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.Ranges;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The shape of the adapters of one method, an option group: {@code A(h) = s·(h + f(h))}, {@code
 * f(h) = W_u act(W_d h + b_d) + b_u}, with a layer norm before or after f if wanted (Houlsby et al.
 * 2019, section 2.1; the norms and s as in the controllers of HyperFormer and Polyhistor, where s
 * scales the skip too).
 *
 * @param positions sub-layers of a block that get one
 * @param insertion after the sub-layer or beside it
 * @param reduction ρ, channels over width of the bottleneck, {@code d = ⌊C/ρ⌋}
 * @param norm where its layer norm stands
 * @param activation between the projections
 * @param scale s
 */
public record Bottleneck(
    @Option(value = "sub-layers of a block with an adapter", byDefault = "attention,mlp")
        List<Position> positions,
    @Option(value = "after the sub-layer, or beside it", byDefault = "serial") Insertion insertion,
    @Option(value = "channels over width of the bottleneck", byDefault = "8") int reduction,
    @Option(value = "where a layer norm of the adapter's own stands", byDefault = "none")
        NormPlace norm,
    @Option(value = "function between the projections", byDefault = "gelu") Activation activation,
    @Option(value = "factor of the adapter's output, skip included", byDefault = "1.0")
        double scale) {
  /** PyTorch's default, which all papers' codes leave. */
  private static final double NORM_EPS = 1e-5;

  /** Checks ranges; positions are kept in the order of a block. */
  public Bottleneck {
    if (positions.isEmpty()) {
      throw new InputException("positions: none given; name attention, mlp or both");
    }
    if (positions.stream().distinct().count() < positions.size()) {
      throw new InputException("positions %s names one twice".formatted(positions));
    }
    positions = ImmutableList.sortedCopyOf(positions);
    Ranges.requireAtLeast(1, "reduction", reduction);
    Ranges.requirePositive("scale", scale);
  }

  /** Whether there is a layer norm. */
  public boolean hasNorm() {
    return norm != NormPlace.NONE;
  }

  /** Width d of the bottleneck at a site. */
  public int width(TapSite site) {
    return site.width() / reduction;
  }

  /** Numbers of a plain adapter at a site: {@code 2Cd + d + C}, and 2C for a norm. */
  public long numbers(TapSite site) {
    long c = site.width();
    long d = width(site);
    return 2 * c * d + d + c + normNumbers(site);
  }

  /** Numbers of the norm at a site: 2C, or none. */
  public long normNumbers(TapSite site) {
    return hasNorm() ? 2L * site.width() : 0;
  }

  /** {@code s·(h + f(h)) - h}, what an adapter adds to {@code h [batch·rows, C]}. */
  SDVariable update(Ops ops, SDVariable h, AdapterWeights w) {
    SDVariable x = norm == NormPlace.PRE ? normed(ops, h, w) : h;
    SDVariable inner = activation.of(ops, ops.linear(x, w.down(), w.downBias()));
    SDVariable branch = ops.linear(inner, w.up(), w.upBias());
    SDVariable f = norm == NormPlace.POST ? normed(ops, branch, w) : branch;
    return scale == 1 ? f : f.add(h).mul(scale).sub(h);
  }

  private static SDVariable normed(Ops ops, SDVariable x, AdapterWeights w) {
    AdapterWeights.Norm norm = w.norm().orElseThrow();
    return ops.layerNorm(x, norm.gain(), norm.offset(), NORM_EPS);
  }
}
