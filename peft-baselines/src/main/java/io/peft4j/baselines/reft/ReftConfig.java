package io.peft4j.baselines.reft;

import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.OptionGroup;
import io.peft4j.api.method.Ranges;
import io.peft4j.api.select.SiteSelector;

/**
 * Configuration of ReFT.
 *
 * @param rank rank r of an intervention
 * @param form the equation of an intervention
 * @param at what is changed
 * @param targets terms that select linear sites, where {@code at} says so, see {@link SiteSelector}
 * @param tokens tokens that are changed: {@code all}, {@code f4}, {@code l4}, {@code f4+l4}
 * @param activation function of the learned source {@code W h + b}
 * @param dropout dropout on the whole changed representation, in [0, 1)
 * @param init how interventions start
 * @param perTask one adapted model per task instead of one for all
 */
public record ReftConfig(
    @Option(value = "rank of an intervention", byDefault = "4") int rank,
    @Option(
            value = "equation: loreft, noreft, consreft or direft, as in the paper",
            byDefault = "loreft")
        Form form,
    @Option(
            value =
                "what is changed: block (residual stream), attention or mlp (sub-layer outputs),"
                    + " linear (outputs of targets, which merge)",
            byDefault = "block")
        At at,
    @OptionGroup SiteSelector sites,
    @Option(value = "tokens that are changed: all, f4, l4 or f4+l4", byDefault = "all")
        String tokens,
    @Option(value = "function of the learned source", byDefault = "linear") Activation activation,
    @Option(value = "dropout on the changed representation, in [0, 1)", byDefault = "0.0")
        double dropout,
    @Option(
            value = "start: paper (orthonormal R, random W) or identity (W = R, b = 0)",
            byDefault = "paper")
        Start init,
    @Option(value = "one adapted model per task instead of one for all", byDefault = "false")
        boolean perTask) {

  /** The equation of an intervention (Wu et al. 2024, sections 3.2 and appendix of ablations). */
  public enum Form {
    /** {@code h + Rᵀ(W h + b - R h)} with orthonormal rows R. */
    LOREFT,
    /** As LoReFT, but R is free. */
    NOREFT,
    /** {@code h + Rᵀ(b - R h)}: a constant in the subspace, R orthonormal. */
    CONSREFT,
    /** {@code h + Rᵀ(W h + b)}, R free: nothing is subtracted. */
    DIREFT;

    boolean isOrthonormal() {
      return this == LOREFT || this == CONSREFT;
    }
  }

  /** What is changed. */
  public enum At {
    /** The residual stream after each block, as in the paper. */
    BLOCK,
    /** The output of each attention, before its residual sum. */
    ATTENTION,
    /** The output of each MLP, before its residual sum. */
    MLP,
    /** The outputs of linear sites. */
    LINEAR
  }

  /** The function of the learned source. */
  public enum Activation {
    /** None: an intervention is affine. */
    LINEAR,
    /** {@code max(x, 0)}. */
    RELU,
    /** Exact GELU. */
    GELU,
    /** {@code x·sigmoid(x)}. */
    SWISH,
    /** Hyperbolic tangent. */
    TANH
  }

  /** How interventions start. */
  public enum Start {
    /** R orthonormal at random, W and b as PyTorch's linear layers. */
    PAPER,
    /** The pre-trained function: {@code W = R}, {@code b = 0}; for DiReFT {@code W = 0}. */
    IDENTITY
  }

  /** Checks ranges, tokens and what excludes each other. */
  public ReftConfig {
    Ranges.requireAtLeast(1, "rank", rank);
    Ranges.requireDropout(dropout);
    if (at == At.LINEAR && !Tokens.of(tokens).all()) {
      throw new InputException(
          "tokens %s: outputs of linear layers may stand in another order than tokens (windows);"
                  .formatted(tokens)
              + " choose at block, attention or mlp, or all tokens");
    }
    if (init == Start.IDENTITY && form == Form.CONSREFT) {
      throw new InputException(
          "init identity: consreft sets a subspace to a constant and has no such start; choose"
              + " loreft, noreft or direft");
    }
    if (init == Start.IDENTITY && activation != Activation.LINEAR && form != Form.DIREFT) {
      throw new InputException(
          "init identity needs activation linear, since %s(R h) is not R h".formatted(activation));
    }
    Tokens.of(tokens);
  }
}
