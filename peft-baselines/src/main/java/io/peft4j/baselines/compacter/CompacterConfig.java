package io.peft4j.baselines.compacter;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.baselines.bottleneck.Activation;
import io.peft4j.baselines.bottleneck.Bottleneck;
import io.peft4j.baselines.bottleneck.GeneratedStart;
import io.peft4j.baselines.bottleneck.Insertion;
import io.peft4j.baselines.bottleneck.NormPlace;
import io.peft4j.baselines.bottleneck.Position;
import java.util.List;

/**
 * Configuration of Compacter.
 *
 * @param positions sub-layers of a block that get an adapter
 * @param insertion after the sub-layer or beside it
 * @param reduction channels over width of the bottleneck; the paper's 32 would leave too little of
 *     the first stages of an image pyramid
 * @param terms n, Kronecker products in a weight
 * @param rank rank of the second factor of each product
 * @param ruleStd standard deviation of the shared factors A at the start
 * @param norm where the adapter's own layer norm stands
 * @param activation between the projections
 * @param scale factor of skip and branch
 * @param init how the adapter starts
 * @param unfreeze groups of backbone parameters that are trained too
 * @param perTask one adapted model per task instead of one for all
 */
public record CompacterConfig(
    @Option(value = "sub-layers of a block with an adapter", byDefault = "attention,mlp")
        List<Position> positions,
    @Option(value = "after the sub-layer, or beside it", byDefault = "serial") Insertion insertion,
    @Option(value = "channels over width of the bottleneck", byDefault = "2") int reduction,
    @Option(value = "Kronecker products in a weight (phm_dim)", byDefault = "4") int terms,
    @Option(value = "rank of the second factor of each product", byDefault = "1") int rank,
    @Option(value = "deviation of the shared factors at the start", byDefault = "0.0001")
        double ruleStd,
    @Option(value = "where a layer norm of the adapter's own stands", byDefault = "none")
        NormPlace norm,
    @Option(value = "function between the projections", byDefault = "gelu-tanh")
        Activation activation,
    @Option(value = "factor of the adapter's output, skip included", byDefault = "1.0")
        double scale,
    @Option(value = "start: the paper's (near the identity) or identity", byDefault = "paper")
        GeneratedStart init,
    @Option(value = "groups of backbone parameters that are trained too", byDefault = "norms")
        List<ParamGroup> unfreeze,
    @Option(value = "one adapted model per task instead of one for all", byDefault = "false")
        boolean perTask) {
  /** Checks ranges. */
  public CompacterConfig {
    positions =
        new Bottleneck(positions, insertion, reduction, norm, activation, scale).positions();
    unfreeze = ImmutableList.copyOf(unfreeze);
    if (terms < 2) {
      throw new InputException(
          "terms %d must be at least 2; one product is a plain adapter's weight".formatted(terms));
    }
    if (rank < 1) {
      throw new InputException("rank %d must be at least 1".formatted(rank));
    }
    if (!(ruleStd > 0 && Double.isFinite(ruleStd))) {
      throw new InputException("ruleStd %s must be positive and finite".formatted(ruleStd));
    }
  }

  /** Shape of the adapters. */
  public Bottleneck bottleneck() {
    return new Bottleneck(positions, insertion, reduction, norm, activation, scale);
  }
}
