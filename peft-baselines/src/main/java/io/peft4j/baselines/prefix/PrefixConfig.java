package io.peft4j.baselines.prefix;

import io.peft4j.api.method.Option;
import io.peft4j.api.method.Ranges;

/**
 * Configuration of prefix tuning.
 *
 * @param prefixes trained keys and values of an attention
 * @param std standard deviation of their start, where they are trained themselves
 * @param reparametrized whether a small network makes them
 * @param embedding width e of the network's input
 * @param hidden width h of its hidden layer
 * @param perTask one set of prefixes and one backbone pass per task instead of one for all
 */
public record PrefixConfig(
    @Option(value = "trained keys and values of an attention", byDefault = "20") int prefixes,
    @Option(value = "spread of their start, where trained themselves", byDefault = "0.02")
        double std,
    @Option(value = "let a small network make them", byDefault = "false") boolean reparametrized,
    @Option(value = "width of the network's input", byDefault = "64") int embedding,
    @Option(value = "width of the network's hidden layer", byDefault = "128") int hidden,
    @Option(value = "prefixes and a pass per task instead of one for all", byDefault = "false")
        boolean perTask) {
  /** Checks ranges. */
  public PrefixConfig {
    Ranges.requireAtLeast(1, "prefixes", prefixes);
    Ranges.requireAtLeast(1, "embedding", embedding);
    Ranges.requireAtLeast(1, "hidden", hidden);
    Ranges.requireNotNegative("std", std);
  }
}
