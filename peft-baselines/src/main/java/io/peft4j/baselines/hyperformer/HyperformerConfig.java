package io.peft4j.baselines.hyperformer;

import io.peft4j.api.method.OptionGroup;
import io.peft4j.baselines.hypernet.HyperAdapters;

/**
 * Configuration of HyperFormer.
 *
 * @param adapters the adapters, and the hypernetwork of a block
 */
public record HyperformerConfig(@OptionGroup(defaults = "reduction=16") HyperAdapters adapters) {}
