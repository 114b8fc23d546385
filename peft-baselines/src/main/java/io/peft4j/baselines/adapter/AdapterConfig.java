package io.peft4j.baselines.adapter;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.OptionGroup;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.baselines.bottleneck.Bottleneck;
import io.peft4j.baselines.bottleneck.OwnWeights;
import java.util.List;

/**
 * Configuration of adapters.
 *
 * @param bottleneck shape of the adapters
 * @param init how the adapter starts
 * @param unfreeze groups of backbone parameters that are trained too
 * @param perTask one adapted model per task instead of one for all
 */
public record AdapterConfig(
    @OptionGroup Bottleneck bottleneck,
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
    unfreeze = ImmutableList.copyOf(unfreeze);
  }
}
