package io.peft4j.baselines.compacter;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.method.Option;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.baselines.bottleneck.Activation;
import io.peft4j.baselines.bottleneck.GeneratedStart;
import io.peft4j.baselines.bottleneck.Insertion;
import io.peft4j.baselines.bottleneck.NormPlace;
import io.peft4j.baselines.bottleneck.Position;
import java.util.List;

/**
 * Configuration of Compacter++: {@link CompacterConfig} with adapters behind the MLP alone.
 *
 * @param insertion after the MLP or beside it
 * @param reduction channels over width of the bottleneck
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
public record CompacterPlusConfig(
    @Option(value = "after the MLP, or beside it", byDefault = "serial") Insertion insertion,
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
  public CompacterPlusConfig {
    unfreeze = ImmutableList.copyOf(unfreeze);
    new CompacterConfig(
        List.of(Position.MLP),
        insertion,
        reduction,
        terms,
        rank,
        ruleStd,
        norm,
        activation,
        scale,
        init,
        unfreeze,
        perTask);
  }

  /** The same as a configuration of Compacter. */
  public CompacterConfig compacter() {
    return new CompacterConfig(
        List.of(Position.MLP),
        insertion,
        reduction,
        terms,
        rank,
        ruleStd,
        norm,
        activation,
        scale,
        init,
        unfreeze,
        perTask);
  }
}
