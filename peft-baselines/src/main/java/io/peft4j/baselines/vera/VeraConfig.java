package io.peft4j.baselines.vera;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;
import io.peft4j.api.select.SiteSelector;
import java.util.List;

/**
 * Configuration of VeRA.
 *
 * @param rank rank of the random matrices
 * @param dInitial start of every entry of Λ_d
 * @param dropout dropout on the input of the branch, in [0, 1)
 * @param seed of the random matrices, which are not saved
 * @param targets terms that select sites, see {@link SiteSelector}
 * @param exclude terms that exclude sites
 * @param stages stages allowed; empty for all
 * @param blocks blocks allowed, counted from a stage's end if negative; empty for all
 * @param perTask one adapted model per task instead of one for all
 */
public record VeraConfig(
    @Option(value = "rank of the random matrices", byDefault = "256") int rank,
    @Option(value = "start of the vector between the matrices", byDefault = "0.1") double dInitial,
    @Option(value = "dropout on the input of the branch, in [0, 1)", byDefault = "0.0")
        double dropout,
    @Option(value = "seed of the random matrices", byDefault = "0") long seed,
    @Option(
            value =
                "sites: all-linear, attn, mlp, attn+mlp, merging, patch_embed, a path or its end,"
                    + " re:REGEX",
            byDefault = "attn+mlp")
        List<String> targets,
    @Option(value = "sites to leave out, as targets", byDefault = "") List<String> exclude,
    @Option(value = "stages allowed, from 0; none for all", byDefault = "") List<Integer> stages,
    @Option(
            value = "blocks allowed, from 0, or from a stage's end if negative; none for all",
            byDefault = "")
        List<Integer> blocks,
    @Option(value = "one adapted model per task instead of one for all", byDefault = "false")
        boolean perTask) {
  /** Checks ranges and selector terms. */
  public VeraConfig {
    if (rank < 1) {
      throw new InputException("rank %d must be at least 1".formatted(rank));
    }
    if (!Double.isFinite(dInitial) || dInitial == 0) {
      throw new InputException(
          "dInitial %s must be finite and not 0: between two zeros nothing learns"
              .formatted(dInitial));
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new InputException("dropout %s must lie in [0, 1)".formatted(dropout));
    }
    targets = ImmutableList.copyOf(targets);
    exclude = ImmutableList.copyOf(exclude);
    stages = ImmutableList.copyOf(stages);
    blocks = ImmutableList.copyOf(blocks);
    // fails early, before a backbone is read
    new SiteSelector(targets, exclude, stages, blocks);
  }

  /** Which sites are adapted. */
  public SiteSelector selector() {
    return new SiteSelector(targets, exclude, stages, blocks);
  }
}
