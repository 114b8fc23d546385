package io.peft4j.baselines.bottleneck;

import io.peft4j.api.method.Emit;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.VariableType;

/**
 * The weights of one adapter, C channels wide with a bottleneck of d, be they trained or generated.
 *
 * @param down {@code [d, C]}
 * @param downBias {@code [d]}
 * @param up {@code [C, d]}
 * @param upBias {@code [C]}
 * @param norm gain and offset of its layer norm, if it has one
 */
public record AdapterWeights(
    SDVariable down, SDVariable downBias, SDVariable up, SDVariable upBias, Optional<Norm> norm) {
  /** Local name of the down projection. */
  public static final String DOWN = "adapter.down.weight";

  /** Local name of its bias. */
  public static final String DOWN_BIAS = "adapter.down.bias";

  /** Local name of the up projection. */
  public static final String UP = "adapter.up.weight";

  /** Local name of its bias. */
  public static final String UP_BIAS = "adapter.up.bias";

  /** Local name of the norm's gain. */
  public static final String GAIN = "adapter.norm.weight";

  /** Local name of the norm's offset. */
  public static final String OFFSET = "adapter.norm.bias";

  /**
   * Gain and offset of a layer norm.
   *
   * @param gain {@code [C]}
   * @param offset {@code [C]}
   */
  public record Norm(SDVariable gain, SDVariable offset) {}

  /**
   * The same, where generated under the names that a plain adapter's parameters have, so that they
   * can be found in the graph and frozen.
   */
  AdapterWeights named(Emit emit) {
    return new AdapterWeights(
        named(down, DOWN, emit),
        named(downBias, DOWN_BIAS, emit),
        named(up, UP, emit),
        named(upBias, UP_BIAS, emit),
        norm.map(n -> new Norm(named(n.gain(), GAIN, emit), named(n.offset(), OFFSET, emit))));
  }

  private static SDVariable named(SDVariable value, String local, Emit emit) {
    // a parameter has its name already
    return value.getVariableType() == VariableType.ARRAY ? emit.named(local, value) : value;
  }
}
