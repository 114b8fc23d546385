package io.peft4j.baselines.vpt;

import io.peft4j.api.method.Option;
import io.peft4j.api.method.Ranges;

/**
 * Configuration of visual prompt tuning.
 *
 * @param prompts trained tokens per block that has some
 * @param init how they start
 * @param official normalises prompts like tokens, as the original code; with VPT-shallow they go on
 *     through all blocks and patch mergings too
 * @param perTask one set of prompts and one backbone pass per task instead of one for all
 */
public record VptConfig(
    @Option(value = "prompts per block that has some", byDefault = "50") int prompts,
    @Option(
            value =
                "start of the prompts: xavier (the multi-task benchmark's), official (the"
                    + " original's) or zeros",
            byDefault = "xavier")
        Start init,
    @Option(
            value = "prompts are normalised and, where shallow, travel on, as in the original code",
            byDefault = "false")
        boolean official,
    @Option(value = "prompts and a pass per task instead of one for all", byDefault = "false")
        boolean perTask) {

  /** How prompts start. */
  public enum Start {
    /** Uniform in ±√(6/((p + 1)·C)): PyTorch's Xavier rule on an array {@code [1, p, C]}. */
    XAVIER,
    /** Uniform in ±√(6/(i + C₀)), i the numbers of a patch and C₀ the width of the first stage. */
    OFFICIAL,
    /** All zeros: what prompts add at the start are the biases of keys and values. */
    ZEROS
  }

  /** Checks the number of prompts. */
  public VptConfig {
    Ranges.requireAtLeast(1, "prompts", prompts);
  }
}
