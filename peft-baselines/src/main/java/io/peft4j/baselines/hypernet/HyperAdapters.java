package io.peft4j.baselines.hypernet;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.OptionGroup;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.baselines.bottleneck.Bottleneck;
import io.peft4j.baselines.bottleneck.GeneratedStart;
import java.util.List;

/**
 * Adapters that a hypernetwork generates, an option group.
 *
 * @param bottleneck shape of the adapters
 * @param sizes of the hypernetwork
 * @param init how generated weights start
 * @param unfreeze groups of backbone parameters that all tasks train together
 */
public record HyperAdapters(
    @OptionGroup(defaults = {"norm=post", "activation=swish"}) Bottleneck bottleneck,
    @OptionGroup HyperSizes sizes,
    @Option(value = "start: the paper's (near the identity) or identity", byDefault = "paper")
        GeneratedStart init,
    @Option(value = "groups of backbone parameters that are trained too", byDefault = "norms")
        List<ParamGroup> unfreeze) {
  /** Copies the list. */
  public HyperAdapters {
    unfreeze = ImmutableList.copyOf(unfreeze);
  }

  /** The generator of every entry of the weights of an adapter. */
  public AdapterGenerator full(int channels, int width) {
    return AdapterGenerator.full(channels, width, bottleneck.norm(), sizes.projected());
  }

  /**
   * The generator of two factors of each weight.
   *
   * @throws io.peft4j.api.InputException if the rank is larger than the bottleneck
   */
  public AdapterGenerator factored(int channels, int width, FactorRank rank) {
    return AdapterGenerator.lowRank(
        channels, width, bottleneck.norm(), sizes.projected(), rank.rank());
  }
}
