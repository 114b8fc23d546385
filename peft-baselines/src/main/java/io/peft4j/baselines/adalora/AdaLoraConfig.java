package io.peft4j.baselines.adalora;

import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.OptionGroup;
import io.peft4j.api.method.Ranges;
import io.peft4j.api.select.SiteSelector;

/**
 * Configuration of AdaLoRA; names in brackets are HF peft's.
 *
 * @param initialRank triplets of each site at the start [init_r]
 * @param targetRank triplets per site, on average, at the end [target_r]
 * @param alpha numerator of the scale: the update is {@code alpha/initialRank · P Λ Q}
 * @param dropout dropout on the input of the branch, in [0, 1)
 * @param warmup share of the training's steps before the first triplet is pruned [tinit by
 *     total_step]
 * @param fixed share of them at the end with a fixed choice of triplets [tfinal by total_step]
 * @param interval steps between two choices [deltaT]
 * @param beta1 smoothing of sensitivities, in (0, 1)
 * @param beta2 smoothing of their uncertainty, in (0, 1)
 * @param orthogonality weight γ of the penalty on factors that are not orthogonal [orth_reg_weight]
 * @param penalty what is penalised
 * @param sites which sites are adapted
 * @param perTask one adapted model, and one budget, per task instead of one for all
 */
public record AdaLoraConfig(
    @Option(value = "triplets of a site at the start", byDefault = "12") int initialRank,
    @Option(value = "triplets per site, on average, at the end", byDefault = "8") int targetRank,
    @Option(value = "scale of the update times the initial rank", byDefault = "8") double alpha,
    @Option(value = "dropout on the input of the branch, in [0, 1)", byDefault = "0.0")
        double dropout,
    @Option(value = "share of the training before the first triplet is pruned", byDefault = "0.1")
        double warmup,
    @Option(value = "share of it at the end with a fixed choice of triplets", byDefault = "0.3")
        double fixed,
    @Option(value = "steps between two choices", byDefault = "10") int interval,
    @Option(value = "smoothing of sensitivities, in (0, 1)", byDefault = "0.85") double beta1,
    @Option(value = "smoothing of their uncertainty, in (0, 1)", byDefault = "0.85") double beta2,
    @Option(value = "weight of the penalty on factors not orthogonal", byDefault = "0.1")
        double orthogonality,
    @Option(
            value = "what is penalised: norm (the authors' code) or squared (the paper)",
            byDefault = "norm")
        Penalty penalty,
    @OptionGroup SiteSelector sites,
    @Option(value = "one adapted model per task instead of one for all", byDefault = "false")
        boolean perTask) {

  /** What is added to the loss for factors whose triplets are not orthonormal. */
  public enum Penalty {
    /** {@code γ·mean ‖PᵀP - I‖_F} over all factors P and Qᵀ, as the authors' code. */
    NORM,
    /** {@code γ·Σ ‖PᵀP - I‖²_F}, as equation 4 of the paper. */
    SQUARED
  }

  /** Checks ranges and the schedule. */
  public AdaLoraConfig {
    if (targetRank < 1 || initialRank < targetRank) {
      throw new InputException(
          "targetRank %d must be at least 1, and initialRank %d at least that"
              .formatted(targetRank, initialRank));
    }
    Ranges.requirePositive("alpha", alpha);
    Ranges.requireDropout(dropout);
    if (!(warmup >= 0 && fixed >= 0 && warmup + fixed < 1)) {
      throw new InputException(
          "warmup %s and fixed %s must not be negative, and together less than 1: pruning is what"
                  .formatted(warmup, fixed)
              + " lies between them");
    }
    Ranges.requireAtLeast(1, "interval", interval);
    requireSmoothing("beta1", beta1);
    requireSmoothing("beta2", beta2);
    Ranges.requireNotNegative("orthogonality", orthogonality);
  }

  private static void requireSmoothing(String option, double value) {
    if (!(value > 0 && value < 1)) {
      throw new InputException("%s %s must lie in (0, 1)".formatted(option, value));
    }
  }
}
