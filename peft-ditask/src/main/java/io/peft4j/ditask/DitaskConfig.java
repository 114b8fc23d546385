package io.peft4j.ditask;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.Ranges;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.api.select.SiteSelector;
import java.util.List;
import java.util.Map;

/**
 * Configuration of DiTASK. Defaults are those of the released configuration for Swin-Tiny but for
 * {@code init}, which starts at the pre-trained weights.
 *
 * @param sharedCells cells of the transformation that all tasks share, 2 to 1024; it has one
 *     coordinate fewer
 * @param taskCells cells of a task's own transformations
 * @param cellsOfTask cells by task, where they differ from {@code taskCells}
 * @param basis coordinates of the velocity fields
 * @param init how θ starts
 * @param warp what is transformed: indices as in the released code, or values as in the paper
 * @param components which transformations exist
 * @param thetaPerPart a θ for each of query, key and value instead of one for all
 * @param dropout dropout on the input of an adapted layer, in [0, 1)
 * @param targets terms that select sites, see {@link SiteSelector}
 * @param exclude terms that exclude sites
 * @param unfreeze groups of backbone parameters that are trained too
 * @param product how an adapted layer is multiplied
 */
public record DitaskConfig(
    @Option(value = "cells of the transformation shared by all tasks", byDefault = "64")
        int sharedCells,
    @Option(value = "cells of the transformations of a task", byDefault = "4") int taskCells,
    @Option(value = "cells by task, such as normals=8, where they differ", byDefault = "")
        Map<String, Integer> cellsOfTask,
    @Option(
            value = "coordinates of velocity fields: rref (difw's default) or sparse",
            byDefault = "rref")
        Basis basis,
    @Option(
            value = "start: identity, or reference (uniform in ±1/sqrt(cells - 1), as released)",
            byDefault = "identity")
        Start init,
    @Option(
            value = "index: resample the ordered spectrum (released code); value: f(σ) (paper)",
            byDefault = "index")
        Warp warp,
    @Option(value = "transformations: both, shared alone, or task alone", byDefault = "both")
        Components components,
    @Option(value = "one θ for each of q, k, v instead of one for all", byDefault = "false")
        boolean thetaPerPart,
    @Option(value = "dropout on the input of adapted layers, in [0, 1)", byDefault = "0.05")
        double dropout,
    @Option(
            value = "sites: all-linear, attn, mlp, attn+mlp, merging, a path or its end, re:REGEX",
            byDefault = "attn+mlp")
        List<String> targets,
    @Option(value = "sites to leave out, as targets", byDefault = "") List<String> exclude,
    @Option(
            value = "groups of backbone parameters that are trained too; others = first four",
            byDefault = "others")
        List<ParamGroup> unfreeze,
    @Option(
            value = "factored, rebuilt weight, or auto: the cheaper one in a training step",
            byDefault = "auto")
        Product product) {

  /** How θ starts. */
  public enum Start {
    /** θ = 0, the pre-trained weights; every coordinate has a gradient there. */
    IDENTITY,
    /** PyTorch's kaiming_uniform(a=√5) of [1, cells - 1], as released: not the identity. */
    REFERENCE
  }

  /** What the flow φ does to the singular values σ₁ ≥ … ≥ σₙ. */
  public enum Warp {
    /**
     * {@code σ'ᵢ = σ(φ(i/(n-1))·(n-1))}, the ordered spectrum resampled with linear interpolation
     * (released code): σ₁ and σₙ stay.
     */
    INDEX,
    /**
     * {@code σ'ᵢ = σ₁·φ(σᵢ/σ₁)}, the paper's f(σ) (section 3, W_A = U f(Σ) Vᵀ) on the domain [0,
     * σ₁], which neither paper nor code names: σ₁ and 0 stay.
     */
    VALUE
  }

  /** Which transformations exist (DiTASK, Figure 6). */
  public enum Components {
    /** Shared in every block, a task's own in the last block of each stage. */
    BOTH,
    /** Shared alone: one stream for all tasks. */
    SHARED,
    /** A task's own alone: all else keeps the pre-trained weights. */
    TASK
  }

  /** How an adapted layer is multiplied. */
  public enum Product {
    /** The cheaper one, see {@link ProductCost}. */
    AUTO,
    /** {@code ((x V) ∘ s) Uᵀ}. */
    FACTORED,
    /** {@code x (W + U diag(s - σ) Vᵀ)ᵀ}. */
    REBUILT
  }

  /** At which the basis of the velocity fields takes 8 MB. */
  private static final int MOST_CELLS = 1024;

  /** Checks ranges and selector terms. */
  public DitaskConfig {
    requireCells("sharedCells", sharedCells);
    requireCells("taskCells", taskCells);
    cellsOfTask = ImmutableMap.copyOf(cellsOfTask);
    cellsOfTask.forEach((task, cells) -> requireCells("cellsOfTask " + task, cells));
    Ranges.requireDropout(dropout);
    targets = ImmutableList.copyOf(targets);
    exclude = ImmutableList.copyOf(exclude);
    unfreeze = ImmutableList.copyOf(unfreeze);
    // fails early, before a backbone is read
    new SiteSelector(targets, exclude, List.of(), List.of());
  }

  /** Which sites are adapted. */
  public SiteSelector selector() {
    return new SiteSelector(targets, exclude, List.of(), List.of());
  }

  /** Cells of the transformations of a task. */
  public int cellsOf(String task) {
    return cellsOfTask.getOrDefault(task, taskCells);
  }

  private static void requireCells(String name, int cells) {
    if (cells < 2) {
      throw new InputException(
          "%s %d must be at least 2: a single cell has no inner knot that could move"
              .formatted(name, cells));
    }
    if (cells > MOST_CELLS) {
      throw new InputException(
          "%s %d must be at most %d: the basis of the velocity fields has cells² numbers, and the"
                  .formatted(name, cells, MOST_CELLS)
              + " released configurations have at most 128 cells");
    }
  }
}
