package io.peft4j.baselines.polyhistor;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Preset;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.PolyhistorBenchmark;
import io.peft4j.baselines.hypernet.BlockHyperRewrite;
import java.util.List;
import java.util.Map;

/**
 * Polyhistor (Liu, Ma, Tian, He and Kira, NeurIPS 2022, section 3.2, decomposed hypernetworks):
 * HyperFormer behind the MLP whose generators give two factors of each weight instead of its
 * entries, {@code W = L R} with {@code L [out, r]}, {@code R [r, in]}, both from one linear layer.
 *
 * <p>With T tasks, sizes E, H, P of a hypernetwork and a bottleneck of d it has {@code T·E +
 * Σ_blocks [(E + 1)H + (H + 1)P + 2P + (P + 1)(2r(C + d) + C + d + 2C)]} numbers, {@code r =
 * max(⌊d/4⌋, 1)} where the rank is -4. The published rows, ρ = 16, are 6,410,684 on Swin-Tiny and
 * 5,206,156 on PVT-Small, decoders not counted.
 *
 * <p>Every linear layer starts normal with deviation 0.01, so generated weights are products of two
 * small numbers: near the identity; {@code init=identity} at it. It cannot be merged: the function
 * between the projections is not affine; once trained, it can be frozen into plain adapters of each
 * task.
 */
@AutoService(PeftMethod.class)
public final class PolyhistorMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public PolyhistorMethod() {}

  @Override
  public String id() {
    return "polyhistor";
  }

  @Override
  public Class<? extends Record> configType() {
    return PolyhistorConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    PolyhistorConfig c = (PolyhistorConfig) config;
    return new BlockHyperRewrite(
        c.adapters(),
        (channels, width) -> c.adapters().factored(channels, width, c.rank()),
        backbone,
        tasks);
  }

  @Override
  public Map<String, Preset> presets() {
    return PolyhistorBenchmark.preset(
        Map.of("positions", "mlp", "norm", "pre", "reduction", "16", "rank", "-4", "unfreeze", ""));
  }

  @Override
  public String description() {
    return "adapters of each task, generated in each block in factors of low rank";
  }

  @Override
  public String formula() {
    return "T·E; a block (E + 1)H + (H + 1)P + 2P + (P + 1)(2r(C + d) + 3C + d)";
  }

  @Override
  public String reference() {
    return "Liu et al., Polyhistor: Parameter-Efficient Multi-Task Adaptation for Dense Vision"
        + " Tasks, NeurIPS 2022";
  }
}
