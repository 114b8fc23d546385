package io.peft4j.baselines.polyhistorlite;

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
 * Configuration of Polyhistor-Lite.
 *
 * @param bottleneck shape of the adapters
 * @param rank rank of generated weights, or {@code -k} for a k-th of the bottleneck, at least 1
 * @param scales widths of blocks that are adapted, as multiples of the narrowest
 * @param kernelFirst scale kernel before template in each Kronecker product, or behind it
 * @param sizes sizes of the hypernetwork
 * @param init how the adapter starts
 * @param unfreeze groups of backbone parameters that all tasks train together
 */
public record PolyhistorLiteConfig(
    @OptionGroup(defaults = {"positions=mlp", "reduction=2", "norm=post", "activation=swish"})
        Bottleneck bottleneck,
    @Option(value = "rank of generated weights; -k for a k-th of the bottleneck", byDefault = "-4")
        int rank,
    @Option(value = "widths of blocks as multiples of the narrowest", byDefault = "1,2,4,8")
        List<Integer> scales,
    @Option(value = "scale kernel before the template in each product", byDefault = "true")
        boolean kernelFirst,
    @OptionGroup HyperSizes sizes,
    @Option(value = "start: the paper's (near the identity) or identity", byDefault = "paper")
        GeneratedStart init,
    @Option(value = "groups of backbone parameters that are trained too", byDefault = "norms")
        List<ParamGroup> unfreeze) {
  /** Checks ranges. */
  public PolyhistorLiteConfig {
    unfreeze = ImmutableList.copyOf(unfreeze);
    if (rank == 0) {
      throw new InputException("rank 0: give a rank, or -k for a k-th of the bottleneck");
    }
    scales = ImmutableList.copyOf(scales);
    if (scales.isEmpty() || scales.stream().anyMatch(s -> s < 1)) {
      throw new InputException("scales %s must be one or more positive numbers".formatted(scales));
    }
  }
}
