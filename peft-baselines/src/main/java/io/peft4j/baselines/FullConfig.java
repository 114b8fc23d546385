package io.peft4j.baselines;

import io.peft4j.api.method.Option;

/**
 * Configuration of full fine-tuning.
 *
 * @param perTask one model per task (the single-task baseline) instead of one for all
 */
public record FullConfig(
    @Option(value = "one model per task instead of one for all", byDefault = "false")
        boolean perTask) {}
