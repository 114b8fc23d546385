package io.peft4j.baselines.hypernet;

import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;

/**
 * Rank of the two factors that each weight is generated as, an option group.
 *
 * @param rank the rank, or {@code -k} for a k-th of the bottleneck, at least 1
 */
public record FactorRank(
    @Option(value = "rank of generated weights; -k for a k-th of the bottleneck", byDefault = "-4")
        int rank) {
  /** Refuses 0, which is neither. */
  public FactorRank {
    if (rank == 0) {
      throw new InputException("rank 0: give a rank, or -k for a k-th of the bottleneck");
    }
  }
}
