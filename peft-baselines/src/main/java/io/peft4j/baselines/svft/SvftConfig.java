package io.peft4j.baselines.svft;

import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.OptionGroup;
import io.peft4j.api.method.Ranges;
import io.peft4j.api.select.SiteSelector;

/**
 * Configuration of SVFT.
 *
 * @param pattern where M may be other than zero
 * @param offDiagonals diagonals beside the main one, on each side; random and top-k have as many
 *     entries as a band of this width
 * @param init how the entries of M start
 * @param rank singular triplets that M lies between; 0 for all
 * @param tail what becomes of the triplets beyond {@code rank}
 * @param seed of random patterns and random directions, which are not saved
 * @param sites which sites are adapted
 * @param perTask one adapted model per task instead of one for all
 */
public record SvftConfig(
    @Option(
            value = "entries of M: plain (its diagonal), banded, random or top-k",
            byDefault = "plain")
        Pattern pattern,
    @Option(value = "off-diagonals on each side, or as many entries", byDefault = "0")
        int offDiagonals,
    @Option(
            value = "start of M: kaiming (the authors') or identity (the pre-trained weight)",
            byDefault = "kaiming")
        Start init,
    @Option(value = "singular triplets that M lies between; 0 for all", byDefault = "0") int rank,
    @Option(
            value =
                "triplets beyond rank: keep, drop (the authors' rank) or fill (their"
                    + " fill_orthonormal)",
            byDefault = "keep")
        Tail tail,
    @Option(value = "seed of random patterns and directions", byDefault = "0") long seed,
    @OptionGroup SiteSelector sites,
    @Option(value = "one adapted model per task instead of one for all", byDefault = "false")
        boolean perTask) {

  /** Where M may be other than zero. */
  public enum Pattern {
    /** On the main diagonal: SVFT with the superscript P. */
    PLAIN,
    /** On a band: superscript B. */
    BANDED,
    /** At places drawn at random, with replacement: superscript R. */
    RANDOM,
    /** Where left and right singular vectors agree most: superscript T. */
    TOP_K
  }

  /** How the entries of M start. */
  public enum Start {
    /** Normal with standard deviation √(2/entries): near W, not at it. */
    KAIMING,
    /** Zero: the weight is W to the bit. */
    IDENTITY
  }

  /** What becomes of the singular triplets beyond the rank. */
  public enum Tail {
    /** They stay in the frozen weight; the authors' code has no such choice. */
    KEEP,
    /** They are left out of the weight. */
    DROP,
    /** As many random directions with singular value zero take their place. */
    FILL
  }

  /** Checks ranges and pattern. */
  public SvftConfig {
    Ranges.requireAtLeast(0, "offDiagonals", offDiagonals);
    if (pattern == Pattern.PLAIN && offDiagonals > 0) {
      throw new InputException(
          "pattern plain has no off-diagonals, but offDiagonals is %d; choose banded, random or"
                  .formatted(offDiagonals)
              + " top-k, or set it to 0");
    }
    if (rank < 0) {
      throw new InputException("rank %d must be at least 0 (all)".formatted(rank));
    }
    if (rank == 0 && tail != Tail.KEEP) {
      throw new InputException(
          "tail %s needs a rank beyond which there is one; set rank".formatted(tail));
    }
    if (pattern == Pattern.TOP_K && rank > 0 && tail != Tail.FILL) {
      throw new InputException(
          "pattern top-k compares all singular vectors; set rank to 0 or tail to fill");
    }
  }
}
