package io.peft4j.baselines.bottleneck;

import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Weights of an adapter that are trained themselves.
 *
 * @param down makes the down projection
 * @param up makes the up projection
 * @param norm makes the layer norm
 */
public record OwnWeights(Maker down, Maker up, Maker norm) {
  /** {@link Emit#param} or {@link Emit#sharedParam}: who has a copy of its own. */
  @FunctionalInterface
  public interface Maker {
    /** A trainable parameter of the site; get-or-create. */
    SDVariable param(String local, Kind kind, Init init, long... shape);
  }

  /** How they start; biases, if not said otherwise, at zero. */
  public enum Start {
    /**
     * Normal with standard deviation 0.01 (Houlsby et al. 2019, section 2.1): near the identity.
     */
    GAUSSIAN,
    /** PyTorch's default: weights and biases uniform in ±1/√in. */
    LINEAR,
    /** As gaussian, but the branch's last factor is zero: the identity. */
    IDENTITY
  }

  private static final double STD = 0.01;

  /** Everything belongs to the stream that is answered. */
  public static OwnWeights ofStream(Emit emit) {
    return new OwnWeights(emit::param, emit::param, emit::param);
  }

  /**
   * The weights.
   *
   * @param channels C
   * @param width d
   * @param norm where the layer norm stands
   */
  public AdapterWeights make(int channels, int width, NormPlace norm, Start start) {
    boolean zeroUp = start == Start.IDENTITY && norm != NormPlace.POST;
    return new AdapterWeights(
        down.param(AdapterWeights.DOWN, Kind.WEIGHT, weight(start), width, channels),
        down.param(AdapterWeights.DOWN_BIAS, Kind.BIAS, bias(start, channels), width),
        up.param(
            AdapterWeights.UP, Kind.WEIGHT, zeroUp ? Init.zeros() : weight(start), channels, width),
        up.param(AdapterWeights.UP_BIAS, Kind.BIAS, bias(start, width), channels),
        norm(this.norm, channels, norm, start == Start.IDENTITY));
  }

  /**
   * The layer norm alone, if there is one.
   *
   * @param identity whether the branch starts at zero; behind it, a norm would blow up a branch
   *     without spread, so there the gain is what starts at zero
   */
  public static Optional<AdapterWeights.Norm> norm(
      Maker maker, int channels, NormPlace norm, boolean identity) {
    if (norm == NormPlace.NONE) {
      return Optional.empty();
    }
    Init gain = identity && norm == NormPlace.POST ? Init.zeros() : Init.ones();
    return Optional.of(
        new AdapterWeights.Norm(
            maker.param(AdapterWeights.GAIN, Kind.NORM_WEIGHT, gain, channels),
            maker.param(AdapterWeights.OFFSET, Kind.NORM_BIAS, Init.zeros(), channels)));
  }

  private static Init weight(Start start) {
    return start == Start.LINEAR ? Init.kaimingUniform() : Init.normal(STD);
  }

  private static Init bias(Start start, int in) {
    return start == Start.LINEAR ? Init.uniform(1 / Math.sqrt(in)) : Init.zeros();
  }
}
