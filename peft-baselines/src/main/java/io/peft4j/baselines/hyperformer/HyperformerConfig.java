package io.peft4j.baselines.hyperformer;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.OptionGroup;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.baselines.bottleneck.Bottleneck;
import io.peft4j.baselines.bottleneck.GeneratedStart;
import io.peft4j.baselines.hypernet.HyperSizes;
import java.util.List;

/**
 * Configuration of HyperFormer.
 *
 * @param bottleneck shape of the adapters
 * @param sizes sizes of the hypernetwork
 * @param init how the adapter starts
 * @param unfreeze groups of backbone parameters that all tasks train together
 */
public record HyperformerConfig(
    @OptionGroup(defaults = {"reduction=16", "norm=post", "activation=swish"})
        Bottleneck bottleneck,
    @OptionGroup HyperSizes sizes,
    @Option(value = "start: the paper's (near the identity) or identity", byDefault = "paper")
        GeneratedStart init,
    @Option(value = "groups of backbone parameters that are trained too", byDefault = "norms")
        List<ParamGroup> unfreeze) {
  /** Checks ranges. */
  public HyperformerConfig {
    unfreeze = ImmutableList.copyOf(unfreeze);
  }
}
