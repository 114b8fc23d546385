package io.peft4j.baselines.norm;

import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;

/**
 * Configuration of norm tuning.
 *
 * @param gains trains the factors of norms
 * @param offsets trains the summands of norms
 * @param perTask one model per task instead of one for all
 */
public record NormConfig(
    @Option(value = "train the gains of norms", byDefault = "true") boolean gains,
    @Option(value = "train the offsets of norms", byDefault = "true") boolean offsets,
    @Option(value = "one model per task instead of one for all", byDefault = "false")
        boolean perTask) {
  /** Refuses to train nothing. */
  public NormConfig {
    if (!gains && !offsets) {
      throw new InputException(
          "neither gains nor offsets are trained; set one, or choose decoders-only");
    }
  }
}
