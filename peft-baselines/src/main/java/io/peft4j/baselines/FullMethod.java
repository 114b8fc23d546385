package io.peft4j.baselines;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;

/**
 * Full fine-tuning: every parameter of the backbone is trained, {@code θ = θ₀ + Δθ}.
 *
 * <p>Shared it is the papers' multi-task fine-tuning (on Swin-Tiny 27,517,818 numbers), per task
 * their single-task one, against which Δm is measured.
 */
@AutoService(PeftMethod.class)
public final class FullMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public FullMethod() {}

  @Override
  public String id() {
    return "full";
  }

  @Override
  public Class<? extends Record> configType() {
    return FullConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new TrainedParams(backbone, p -> true, ((FullConfig) config).perTask(), tasks);
  }

  @Override
  public String description() {
    return "full fine-tuning of the backbone, for all tasks together or one model per task";
  }

  @Override
  public String formula() {
    return "all P numbers of the backbone; T·P per task";
  }

  @Override
  public String reference() {
    return "multi-task and single-task baselines of Agiza et al., MTLoRA, CVPR 2024, table 1";
  }
}
