package io.peft4j.baselines.adalora;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;

/**
 * AdaLoRA (Zhang et al., ICLR 2023, eq. 3): {@code W = W₀ + s·P Λ Q} with {@code P [out, r]}, a
 * diagonal Λ and {@code Q [r, in]}, {@code s = alpha/r}; a penalty in the loss keeps P and Q near
 * orthonormal (eq. 4), and while training the triplets of all sites are pruned to a budget by their
 * importance (eq. 8 to 12, algorithm 1). Λ starts at zero, so that the start is the pre-trained
 * function.
 *
 * <p>Trainables are {@code <site>.lora_B}, {@code .lora_E} and {@code .lora_A}: {@code r(in + out +
 * 1)} numbers a site with the initial rank r, pruned or not. Merges. The budget follows the length
 * of the training, which the training loop tells; importance reads the gradients that it hands
 * over, before clipping. Smoothed importances and the choice of triplets, twice the trainables'
 * size, are part of a training's state, not of a saved adapter. No multi-task row was published.
 *
 * <p>As in the authors' code and HF peft, s keeps the initial rank, the penalty is the mean of
 * norms (the paper: the sum of squares, by option), importance is that of the values after the step
 * (algorithm 1: before it), and the last choice holds through the final steps. At equal scores
 * exactly the budget stays; their code prunes all that are equal.
 */
@AutoService(PeftMethod.class)
public final class AdaLoraMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public AdaLoraMethod() {}

  @Override
  public String id() {
    return "adalora";
  }

  @Override
  public Class<? extends Record> configType() {
    return AdaLoraConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new AdaLoraRewrite((AdaLoraConfig) config, backbone, tasks);
  }

  @Override
  public String description() {
    return "low-rank updates whose triplets are pruned to a budget";
  }

  @Override
  public String formula() {
    return "r(in + out + 1) a layer";
  }

  @Override
  public String reference() {
    return "Zhang et al., AdaLoRA, ICLR 2023";
  }
}
