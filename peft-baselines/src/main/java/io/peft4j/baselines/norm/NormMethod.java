package io.peft4j.baselines.norm;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.TrainedParams;
import java.util.List;

/**
 * Norm tuning: of every norm {@code g ⊙ (x - μ)/√(σ² + ε) + o} of the backbone gain g and offset o
 * are trained, of nothing else anything (Frankle et al., ICLR 2021, for batch norms; Qi et al.,
 * LN-tuning, 2022, section 3, for layer norms).
 *
 * <p>Adds no parameters; trained are twice the widths of all norms: 23,232 numbers on Swin-Tiny,
 * those of patch embedding (192) and patch merging (5,376) included. Starts as the pre-trained
 * function, and is a plain backbone when trained: merging only freezes it again. No multi-task row
 * was published.
 */
@AutoService(PeftMethod.class)
public final class NormMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public NormMethod() {}

  @Override
  public String id() {
    return "norm";
  }

  @Override
  public Class<? extends Record> configType() {
    return NormConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    NormConfig c = (NormConfig) config;
    return new TrainedParams(backbone, p -> isTrained(p, c), c.perTask(), tasks);
  }

  private static boolean isTrained(Param param, NormConfig config) {
    return switch (param.kind()) {
      case NORM_WEIGHT -> config.gains();
      case NORM_BIAS -> config.offsets();
      case WEIGHT, BIAS, POSITION_BIAS, LOW_RANK, SCALE -> false;
    };
  }

  @Override
  public String description() {
    return "trains gains and offsets of the backbone's norms";
  }

  @Override
  public String formula() {
    return "twice the width of every norm";
  }

  @Override
  public String reference() {
    return "Frankle et al., Training BatchNorm and Only BatchNorm, ICLR 2021";
  }
}
