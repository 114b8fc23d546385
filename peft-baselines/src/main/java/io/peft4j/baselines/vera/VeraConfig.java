package io.peft4j.baselines.vera;

import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.OptionGroup;
import io.peft4j.api.method.Ranges;
import io.peft4j.api.select.SiteSelector;

/**
 * Configuration of VeRA.
 *
 * @param rank rank of the random matrices
 * @param dInitial start of every entry of Λ_d
 * @param dropout dropout on the input of the branch, in [0, 1)
 * @param seed of the random matrices, which are not saved
 * @param sites which sites are adapted
 * @param perTask one adapted model per task instead of one for all
 */
public record VeraConfig(
    @Option(value = "rank of the random matrices", byDefault = "256") int rank,
    @Option(value = "start of the vector between the matrices", byDefault = "0.1") double dInitial,
    @Option(value = "dropout on the input of the branch, in [0, 1)", byDefault = "0.0")
        double dropout,
    @Option(value = "seed of the random matrices", byDefault = "0") long seed,
    @OptionGroup SiteSelector sites,
    @Option(value = "one adapted model per task instead of one for all", byDefault = "false")
        boolean perTask) {
  /** Checks ranges. */
  public VeraConfig {
    Ranges.requireAtLeast(1, "rank", rank);
    if (!Double.isFinite(dInitial) || dInitial == 0) {
      throw new InputException(
          "dInitial %s must be finite and not 0: between two zeros nothing learns"
              .formatted(dInitial));
    }
    Ranges.requireDropout(dropout);
  }
}
