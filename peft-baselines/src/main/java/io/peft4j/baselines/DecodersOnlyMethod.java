package io.peft4j.baselines;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;

/** Decoders only: the backbone stays frozen and is shared; no number of it is trained. */
@AutoService(PeftMethod.class)
public final class DecodersOnlyMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public DecodersOnlyMethod() {}

  @Override
  public String id() {
    return "decoders-only";
  }

  @Override
  public Class<? extends Record> configType() {
    return DecodersOnlyConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new TrainedParams(backbone, p -> false, false, tasks);
  }

  @Override
  public String description() {
    return "frozen backbone, only the decoders are trained";
  }

  @Override
  public String formula() {
    return "none";
  }

  @Override
  public String reference() {
    return "baseline of Agiza et al., MTLoRA, CVPR 2024, table 1";
  }
}
