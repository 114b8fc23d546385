package io.peft4j.baselines.polyhistor;

import io.peft4j.api.method.OptionGroup;
import io.peft4j.baselines.hypernet.FactorRank;
import io.peft4j.baselines.hypernet.HyperAdapters;

/**
 * Configuration of Polyhistor.
 *
 * @param rank rank of generated weights
 * @param adapters the adapters, and the hypernetwork of a block
 */
public record PolyhistorConfig(
    @OptionGroup FactorRank rank,
    @OptionGroup(defaults = {"positions=mlp", "reduction=16"}) HyperAdapters adapters) {}
