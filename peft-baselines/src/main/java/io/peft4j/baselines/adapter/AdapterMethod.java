package io.peft4j.baselines.adapter;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.PlainForm;
import io.peft4j.api.method.Preset;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.baselines.PolyhistorBenchmark;
import io.peft4j.baselines.bottleneck.AdapterWeights;
import io.peft4j.baselines.bottleneck.Bottleneck;
import io.peft4j.baselines.bottleneck.OwnWeights;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Adapters (Houlsby et al., ICML 2019, section 2.1): after a sub-layer, before its residual sum,
 * {@code A(h) = h + W_u act(W_d h + b_d) + b_u} with {@code W_d [d, C]}, {@code W_u [C, d]}, {@code
 * d = ⌊C/ρ⌋}; beside them the norms of the backbone are trained. Beside the sub-layer instead it is
 * the parallel adapter of He et al. (ICLR 2022, table 3).
 *
 * <p>Each has {@code 2Cd + d + C} numbers, and 2C with a layer norm of its own. The published
 * multi-task row has one per block and task, behind the MLP, with a norm and ρ = 2: on Swin-Tiny 4
 * · 2,172,000.
 *
 * <p>With the papers' start, normal weights of standard deviation 0.01, the adapted model is near
 * the frozen one, not equal to it; {@code init=identity} makes it so. It cannot be merged: the
 * function between the projections is not affine.
 */
@AutoService(PeftMethod.class)
public final class AdapterMethod implements PeftMethod {
  private static final String ID = "adapter";

  /** Found by ServiceLoader. */
  public AdapterMethod() {}

  @Override
  public String id() {
    return ID;
  }

  @Override
  public Class<? extends Record> configType() {
    return AdapterConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new AdapterRewrite((AdapterConfig) config, backbone, tasks);
  }

  @Override
  public Map<String, Preset> presets() {
    return PolyhistorBenchmark.adapters(
        Map.of("positions", "mlp", "unfreeze", "", "perTask", "true"));
  }

  @Override
  public String description() {
    return "bottlenecks with a skip after, or beside, attention and MLP";
  }

  @Override
  public String formula() {
    return "2Cd + d + C a position, d = C/ρ; + 2C with a norm";
  }

  @Override
  public String reference() {
    return "Houlsby et al., Parameter-Efficient Transfer Learning for NLP, ICML 2019";
  }

  /**
   * The plain form of a method that generates weights under the names of {@link AdapterWeights}.
   *
   * @param unfreeze groups of backbone parameters that it trains
   * @param perTask whether its streams are tasks
   */
  public static PlainForm plain(
      Bottleneck bottleneck, Collection<ParamGroup> unfreeze, boolean perTask) {
    return new PlainForm(
        ID,
        new AdapterConfig(bottleneck, OwnWeights.Start.GAUSSIAN, List.copyOf(unfreeze), perTask));
  }
}
