package io.peft4j.baselines.polyhistor;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.OptionGroup;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.baselines.bottleneck.Bottleneck;
import io.peft4j.baselines.bottleneck.GeneratedStart;
import io.peft4j.baselines.hypernet.HyperSizes;
import java.util.List;

/**
 * Configuration of Polyhistor.
 *
 * @param bottleneck shape of the adapters
 * @param rank rank of generated weights, or {@code -k} for a k-th of the bottleneck, at least 1
 * @param sizes sizes of the hypernetwork
 * @param init how the adapter starts
 * @param unfreeze groups of backbone parameters that all tasks train together
 */
public record PolyhistorConfig(
    @OptionGroup(defaults = {"positions=mlp", "reduction=16", "norm=post", "activation=swish"})
        Bottleneck bottleneck,
    @Option(value = "rank of generated weights; -k for a k-th of the bottleneck", byDefault = "-4")
        int rank,
    @OptionGroup HyperSizes sizes,
    @Option(value = "start: the paper's (near the identity) or identity", byDefault = "paper")
        GeneratedStart init,
    @Option(value = "groups of backbone parameters that are trained too", byDefault = "norms")
        List<ParamGroup> unfreeze) {
  /** Checks ranges. */
  public PolyhistorConfig {
    unfreeze = ImmutableList.copyOf(unfreeze);
    if (rank == 0) {
      throw new InputException("rank 0: give a rank, or -k for a k-th of the bottleneck");
    }
  }
}
