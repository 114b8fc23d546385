package io.peft4j.baselines.vladapter;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.method.Option;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.baselines.bottleneck.Activation;
import io.peft4j.baselines.bottleneck.Bottleneck;
import io.peft4j.baselines.bottleneck.Insertion;
import io.peft4j.baselines.bottleneck.NormPlace;
import io.peft4j.baselines.bottleneck.OwnWeights;
import io.peft4j.baselines.bottleneck.Position;
import java.util.List;

/**
 * Configuration of VL-Adapter.
 *
 * @param sharing what all tasks have in common
 * @param positions sub-layers of a block that get an adapter
 * @param insertion after the sub-layer or beside it
 * @param reduction channels over width of the bottleneck
 * @param norm where the adapter's own layer norm stands
 * @param activation between the projections
 * @param scale factor of skip and branch
 * @param init how the adapter starts
 * @param unfreeze groups of backbone parameters that all tasks train together
 */
public record VlAdapterConfig(
    @Option(
            value = "what all tasks share: single (all of it), shared-down, shared-up, multiple",
            byDefault = "single")
        Sharing sharing,
    @Option(value = "sub-layers of a block with an adapter", byDefault = "attention,mlp")
        List<Position> positions,
    @Option(value = "after the sub-layer, or beside it", byDefault = "serial") Insertion insertion,
    @Option(value = "channels over width of the bottleneck", byDefault = "8") int reduction,
    @Option(value = "where a layer norm of the adapter's own stands", byDefault = "none")
        NormPlace norm,
    @Option(value = "function between the projections", byDefault = "gelu-tanh")
        Activation activation,
    @Option(value = "factor of the adapter's output, skip included", byDefault = "1.0")
        double scale,
    @Option(
            value = "start: linear (PyTorch's), gaussian (near the identity), identity",
            byDefault = "linear")
        OwnWeights.Start init,
    @Option(value = "groups of backbone parameters that are trained too", byDefault = "norms")
        List<ParamGroup> unfreeze) {

  /** What all tasks have in common; a layer norm of the adapter they always have. */
  public enum Sharing {
    /** One adapter for all tasks: one pass of the backbone. */
    SINGLE,
    /** The down projection; a task has its own up projection (half-shared adapters). */
    SHARED_DOWN,
    /** The up projection; a task has its own down projection (half-shared adapters). */
    SHARED_UP,
    /** Neither projection. */
    MULTIPLE;

    boolean sharesDown() {
      return this == SINGLE || this == SHARED_DOWN;
    }

    boolean sharesUp() {
      return this == SINGLE || this == SHARED_UP;
    }
  }

  /** Checks ranges. */
  public VlAdapterConfig {
    positions =
        new Bottleneck(positions, insertion, reduction, norm, activation, scale).positions();
    unfreeze = ImmutableList.copyOf(unfreeze);
  }

  /** Shape of the adapters. */
  public Bottleneck bottleneck() {
    return new Bottleneck(positions, insertion, reduction, norm, activation, scale);
  }
}
