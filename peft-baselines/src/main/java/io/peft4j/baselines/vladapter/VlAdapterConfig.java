package io.peft4j.baselines.vladapter;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.OptionGroup;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.baselines.bottleneck.Bottleneck;
import io.peft4j.baselines.bottleneck.OwnWeights;
import java.util.List;

/**
 * Configuration of VL-Adapter.
 *
 * @param sharing what all tasks have in common
 * @param bottleneck shape of the adapters
 * @param init how the adapter starts
 * @param unfreeze groups of backbone parameters that all tasks train together
 */
public record VlAdapterConfig(
    @Option(
            value = "what all tasks share: single (all of it), shared-down, shared-up, multiple",
            byDefault = "single")
        Sharing sharing,
    @OptionGroup(defaults = "activation=gelu-tanh") Bottleneck bottleneck,
    @Option(
            value = "start: linear (PyTorch's), gaussian (near the identity), identity",
            byDefault = "linear")
        OwnWeights.Start init,
    @Option(value = "groups of backbone parameters that are trained too", byDefault = "norms")
        List<ParamGroup> unfreeze) {

  /** What all tasks have in common; a layer norm of the adapter they always have. */
  public enum Sharing {
    /** One adapter for all tasks: one pass of the backbone. */
    SINGLE,
    /** The down projection; a task has its own up projection (half-shared adapters). */
    SHARED_DOWN,
    /** The up projection; a task has its own down projection (half-shared adapters). */
    SHARED_UP,
    /** Neither projection. */
    MULTIPLE;

    boolean sharesDown() {
      return this == SINGLE || this == SHARED_DOWN;
    }

    boolean sharesUp() {
      return this == SINGLE || this == SHARED_UP;
    }
  }

  /** Checks ranges. */
  public VlAdapterConfig {
    unfreeze = ImmutableList.copyOf(unfreeze);
  }
}
