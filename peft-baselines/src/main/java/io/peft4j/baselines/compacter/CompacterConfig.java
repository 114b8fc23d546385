package io.peft4j.baselines.compacter;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.OptionGroup;
import io.peft4j.api.method.Ranges;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.baselines.bottleneck.Bottleneck;
import io.peft4j.baselines.bottleneck.GeneratedStart;
import java.util.List;

/**
 * Configuration of Compacter.
 *
 * @param bottleneck shape of the adapters; the paper's reduction of 32 would leave too little of
 *     the first stages of an image pyramid
 * @param terms n, Kronecker products in a weight
 * @param rank rank of the second factor of each product
 * @param ruleStd standard deviation of the shared factors A at the start
 * @param init how the adapter starts
 * @param unfreeze groups of backbone parameters that are trained too
 * @param perTask one adapted model per task instead of one for all
 */
public record CompacterConfig(
    @OptionGroup(defaults = {"reduction=2", "activation=gelu-tanh"}) Bottleneck bottleneck,
    @Option(value = "Kronecker products in a weight (phm_dim)", byDefault = "4") int terms,
    @Option(value = "rank of the second factor of each product", byDefault = "1") int rank,
    @Option(value = "deviation of the shared factors at the start", byDefault = "0.0001")
        double ruleStd,
    @Option(value = "start: the paper's (near the identity) or identity", byDefault = "paper")
        GeneratedStart init,
    @Option(value = "groups of backbone parameters that are trained too", byDefault = "norms")
        List<ParamGroup> unfreeze,
    @Option(value = "one adapted model per task instead of one for all", byDefault = "false")
        boolean perTask) {
  /** Checks ranges. */
  public CompacterConfig {
    unfreeze = ImmutableList.copyOf(unfreeze);
    if (terms < 2) {
      throw new InputException(
          "terms %d must be at least 2; one product is a plain adapter's weight".formatted(terms));
    }
    Ranges.requireAtLeast(1, "rank", rank);
    Ranges.requirePositive("ruleStd", ruleStd);
  }
}
