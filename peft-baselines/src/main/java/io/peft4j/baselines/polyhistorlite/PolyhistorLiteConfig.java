package io.peft4j.baselines.polyhistorlite;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.OptionGroup;
import io.peft4j.baselines.hypernet.FactorRank;
import io.peft4j.baselines.hypernet.HyperAdapters;
import java.util.List;

/**
 * Configuration of Polyhistor-Lite.
 *
 * @param rank rank of generated weights
 * @param scales widths of blocks that are adapted, as multiples of the narrowest
 * @param kernelFirst scale kernel before template in each Kronecker product, or behind it
 * @param adapters the adapters, and the hypernetwork
 */
public record PolyhistorLiteConfig(
    @OptionGroup FactorRank rank,
    @Option(value = "widths of blocks as multiples of the narrowest", byDefault = "1,2,4,8")
        List<Integer> scales,
    @Option(value = "scale kernel before the template in each product", byDefault = "true")
        boolean kernelFirst,
    @OptionGroup(defaults = {"positions=mlp", "reduction=2"}) HyperAdapters adapters) {
  /** Checks the scales. */
  public PolyhistorLiteConfig {
    scales = ImmutableList.copyOf(scales);
    if (scales.isEmpty() || scales.stream().anyMatch(s -> s < 1)) {
      throw new InputException("scales %s must be one or more positive numbers".formatted(scales));
    }
  }
}
