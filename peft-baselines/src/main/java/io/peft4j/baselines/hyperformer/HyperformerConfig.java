package io.peft4j.baselines.hyperformer;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.method.Option;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.baselines.bottleneck.Activation;
import io.peft4j.baselines.bottleneck.Bottleneck;
import io.peft4j.baselines.bottleneck.GeneratedStart;
import io.peft4j.baselines.bottleneck.Insertion;
import io.peft4j.baselines.bottleneck.NormPlace;
import io.peft4j.baselines.bottleneck.Position;
import io.peft4j.baselines.hypernet.HyperSizes;
import java.util.List;

/**
 * Configuration of HyperFormer.
 *
 * @param positions sub-layers of a block that get an adapter
 * @param insertion after the sub-layer or beside it
 * @param reduction channels over width of the bottleneck
 * @param taskEmbedding E, numbers of an embedding
 * @param hidden H, width of the hypernetwork's hidden layer
 * @param projected P, width of what the generators read
 * @param norm where the adapter's layer norm stands, whose gain and offset are generated
 * @param activation between the projections
 * @param scale factor of skip and branch
 * @param init how the adapter starts
 * @param unfreeze groups of backbone parameters that all tasks train together
 */
public record HyperformerConfig(
    @Option(value = "sub-layers of a block with an adapter", byDefault = "attention,mlp")
        List<Position> positions,
    @Option(value = "after the sub-layer, or beside it", byDefault = "serial") Insertion insertion,
    @Option(value = "channels over width of the bottleneck", byDefault = "16") int reduction,
    @Option(value = "numbers of an embedding", byDefault = "512") int taskEmbedding,
    @Option(value = "width of the hypernetwork's hidden layer", byDefault = "128") int hidden,
    @Option(value = "width of what the generators read", byDefault = "64") int projected,
    @Option(value = "where the adapter's layer norm stands, which is generated", byDefault = "post")
        NormPlace norm,
    @Option(value = "function between the projections", byDefault = "swish") Activation activation,
    @Option(value = "factor of the adapter's output, skip included", byDefault = "1.0")
        double scale,
    @Option(value = "start: the paper's (near the identity) or identity", byDefault = "paper")
        GeneratedStart init,
    @Option(value = "groups of backbone parameters that are trained too", byDefault = "norms")
        List<ParamGroup> unfreeze) {
  /** Checks ranges. */
  public HyperformerConfig {
    positions =
        new Bottleneck(positions, insertion, reduction, norm, activation, scale).positions();
    unfreeze = ImmutableList.copyOf(unfreeze);
    new HyperSizes(taskEmbedding, hidden, projected);
  }

  /** Shape of the adapters. */
  public Bottleneck bottleneck() {
    return new Bottleneck(positions, insertion, reduction, norm, activation, scale);
  }

  /** Sizes of the hypernetwork. */
  public HyperSizes sizes() {
    return new HyperSizes(taskEmbedding, hidden, projected);
  }
}
