package io.peft4j.baselines.vladapter;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Preset;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.PolyhistorBenchmark;
import java.util.List;
import java.util.Map;

/**
 * VL-Adapter (Sung, Cho and Bansal, CVPR 2022, section 3): adapters {@code A(h) = h + W_u act(W_d h
 * + b_d) + b_u} that tasks share, all of them (single), or one of the two projections
 * (half-shared), or none (multiple); with it, all tasks train the norms of the backbone.
 *
 * <p>A single adapter has {@code 2Cd + d + C} numbers, and 2C with a norm of its own, however many
 * tasks there are; unshared projections count once a task. The published multi-task row shares
 * everything, behind the MLP, ρ = 2, with norm: on Swin-Tiny 2,172,000 and 23,232 of the backbone's
 * norms.
 *
 * <p>The published code leaves the weights at PyTorch's default start, which is not the frozen
 * backbone; {@code init=identity} is. It cannot be merged: the function between the projections is
 * not affine.
 */
@AutoService(PeftMethod.class)
public final class VlAdapterMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public VlAdapterMethod() {}

  @Override
  public String id() {
    return "vl-adapter";
  }

  @Override
  public Class<? extends Record> configType() {
    return VlAdapterConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new VlAdapterRewrite((VlAdapterConfig) config, backbone, tasks);
  }

  @Override
  public Map<String, Preset> presets() {
    return PolyhistorBenchmark.adapters(
        Map.of("positions", "mlp", "init", "gaussian", "unfreeze", "norms"));
  }

  @Override
  public String description() {
    return "adapters that tasks share wholly or half, with the norms of the backbone";
  }

  @Override
  public String formula() {
    return "2Cd + d + C a position, d = C/ρ, + 2C with a norm; once for all tasks; + norms";
  }

  @Override
  public String reference() {
    return "Sung et al., VL-Adapter: Parameter-Efficient Transfer Learning for Vision-and-Language"
        + " Tasks, CVPR 2022";
  }
}
