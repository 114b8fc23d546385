package io.peft4j.baselines;

import io.peft4j.api.method.Option;

/**
 * Configuration of BitFit.
 *
 * @param positionBias trains the relative-position-bias tables too
 * @param perTask one model per task instead of one for all
 */
public record BitFitConfig(
    @Option(value = "train the position-bias tables too", byDefault = "true") boolean positionBias,
    @Option(value = "one model per task instead of one for all", byDefault = "false")
        boolean perTask) {}
