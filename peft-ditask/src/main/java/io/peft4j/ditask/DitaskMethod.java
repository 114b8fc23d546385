package io.peft4j.ditask;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;

/**
 * DiTASK (Mantri et al., CVPR 2025, section 3): {@code W_A = U diag(f^θ(σ)) Vᵀ}, where f is a CPAB
 * diffeomorphism, U and V stay those of the pre-trained weight, and θ is all that is learned.
 *
 * <p>Paper and released code differ; an option selects each:
 *
 * <ul>
 *   <li>the paper maps singular values, the code resamples the ordered spectrum: {@code warp};
 *   <li>the code does not start at the pre-trained weights: {@code init=reference};
 *   <li>the paper speaks of typically 32 intervals, the released configurations have 64 and 4
 *       (Tiny) or 128 and 64: {@code sharedCells}, {@code taskCells}.
 * </ul>
 *
 * <p>As in the code, one θ serves query, key and value ({@code thetaPerPart} changes that), the
 * dropout is on the input of the whole layer and not on a task's own input, a task's transformation
 * replaces the shared one on its stream, and a layer whose output is three times (twice) its input
 * is decomposed in three (two) square parts. Unlike there, each stream draws its own dropout.
 *
 * <p>Trainables are {@code <site>.theta} and {@code <site>.theta.<task>}, {@code [1, cells - 1]}.
 */
@AutoService(PeftMethod.class)
public final class DitaskMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public DitaskMethod() {}

  @Override
  public String id() {
    return "ditask";
  }

  @Override
  public Class<? extends Record> configType() {
    return DitaskConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new DitaskRewrite((DitaskConfig) config, backbone, tasks);
  }

  @Override
  public String description() {
    return "singular values moved by diffeomorphisms, shared and per task";
  }

  @Override
  public String formula() {
    return "(cells - 1) a layer, + T·(cells - 1) in the tails of the stages; + norms, patch"
        + " embedding, merging, position bias";
  }

  @Override
  public String reference() {
    return "Mantri et al., DiTASK: Multi-Task Fine-Tuning with Diffeomorphic Transformations, CVPR"
        + " 2025";
  }
}
