package io.peft4j.baselines.adapter;

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
 * Configuration of adapters.
 *
 * @param positions sub-layers of a block that get an adapter
 * @param insertion after the sub-layer or beside it
 * @param reduction channels over width of the bottleneck
 * @param norm where the adapter's own layer norm stands
 * @param activation between the projections
 * @param scale factor of skip and branch
 * @param init how the adapter starts
 * @param unfreeze groups of backbone parameters that are trained too
 * @param perTask one adapted model per task instead of one for all
 */
public record AdapterConfig(
    @Option(value = "sub-layers of a block with an adapter", byDefault = "attention,mlp")
        List<Position> positions,
    @Option(value = "after the sub-layer, or beside it", byDefault = "serial") Insertion insertion,
    @Option(value = "channels over width of the bottleneck", byDefault = "8") int reduction,
    @Option(value = "where a layer norm of the adapter's own stands", byDefault = "none")
        NormPlace norm,
    @Option(value = "function between the projections", byDefault = "gelu") Activation activation,
    @Option(value = "factor of the adapter's output, skip included", byDefault = "1.0")
        double scale,
    @Option(
            value = "start: gaussian (near the identity), linear (PyTorch's), identity",
            byDefault = "gaussian")
        OwnWeights.Start init,
    @Option(value = "groups of backbone parameters that are trained too", byDefault = "norms")
        List<ParamGroup> unfreeze,
    @Option(value = "one adapted model per task instead of one for all", byDefault = "false")
        boolean perTask) {
  /** Checks ranges. */
  public AdapterConfig {
    positions =
        new Bottleneck(positions, insertion, reduction, norm, activation, scale).positions();
    unfreeze = ImmutableList.copyOf(unfreeze);
  }

  /** Shape of the adapters. */
  public Bottleneck bottleneck() {
    return new Bottleneck(positions, insertion, reduction, norm, activation, scale);
  }
}
