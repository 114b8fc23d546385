package io.peft4j.baselines;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Preset;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.api.select.ParamGroup;
import java.util.List;
import java.util.Map;

/**
 * BitFit (Ben Zaken et al., ACL 2022, section 3): of {@code y = W x + b} and {@code g ⊙ x̂ + b}
 * only the offsets b are trained, in linear layers, the patch embedding and norms.
 *
 * <p>The published multi-task row trains the position-bias tables too and has one model per task:
 * on Swin-Tiny (51,456 + 23,322) · 4 = 299,112.
 */
@AutoService(PeftMethod.class)
public final class BitFitMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public BitFitMethod() {}

  @Override
  public String id() {
    return "bitfit";
  }

  @Override
  public Class<? extends Record> configType() {
    return BitFitConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    BitFitConfig c = (BitFitConfig) config;
    return new TrainedParams(backbone, p -> isTrained(p, c), c.perTask(), tasks);
  }

  @Override
  public String description() {
    return "trains the biases of the backbone and its position-bias tables";
  }

  @Override
  public String formula() {
    return "all offsets, and the position-bias tables; times T per task";
  }

  @Override
  public String reference() {
    return "Ben Zaken et al., BitFit, ACL 2022";
  }

  @Override
  public Map<String, Preset> presets() {
    return Map.of(
        "polyhistor",
        Preset.of(
                "one model per task, as in the benchmark of Liu et al., Polyhistor, NeurIPS 2022",
                Map.of("perTask", "true"))
            // Chosen by name: Swin's tables are called relative_position_bias_table, PVT's not.
            .on("pvt", Map.of("positionBias", "false")));
  }

  private static boolean isTrained(Param param, BitFitConfig config) {
    return ParamGroup.BIASES.contains(param)
        || (config.positionBias() && ParamGroup.POSITION_BIAS.contains(param));
  }
}
