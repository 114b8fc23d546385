package io.peft4j.baselines.hyperformer;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Preset;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.PolyhistorBenchmark;
import io.peft4j.baselines.hypernet.BlockHyperRewrite;
import io.peft4j.baselines.hypernet.HyperAdapters;
import java.util.List;
import java.util.Map;

/**
 * HyperFormer (Karimi Mahabadi et al., ACL 2021, section 2), in the form with a hypernetwork a
 * block: the adapters of all tasks, {@code A(h) = h + LN(W_u act(W_d h + b_d) + b_u)}, are
 * generated from an embedding {@code e_t} of the task, {@code z = LN(W₂ relu(W₁ e_t + b₁) + b₂)},
 * every weight by a linear layer from z (eq. 3 and 4), gain and offset of the norm too.
 *
 * <p>With T tasks, f positions a block, sizes E, H, P of the hypernetwork and a bottleneck of d it
 * has {@code T·E + Σ_blocks [(E + 1)H + (H + 1)P + 2P + f(P + 1)(2Cd + C + d + 2C)]} numbers. The
 * published Swin-Tiny figure, 72.77 M, is that of the adapters alone (72,772,304): like for like,
 * with decoders, it is 75.32 M.
 *
 * <p>Every linear layer starts normal with deviation 0.01, biases zero, embeddings standard normal,
 * so adapters start near the identity; {@code init=identity} at it. It cannot be merged: the
 * function between the projections is not affine; once trained, it can be frozen into plain
 * adapters of each task.
 */
@AutoService(PeftMethod.class)
public final class HyperformerMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public HyperformerMethod() {}

  @Override
  public String id() {
    return "hyperformer";
  }

  @Override
  public Class<? extends Record> configType() {
    return HyperformerConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    HyperAdapters adapters = ((HyperformerConfig) config).adapters();
    return new BlockHyperRewrite(adapters, adapters::full, backbone, tasks);
  }

  @Override
  public Map<String, Preset> presets() {
    return PolyhistorBenchmark.preset(
        Map.of("norm", "pre", "unfreeze", ""),
        Map.of("positions", "attention,mlp", "reduction", "8"),
        Map.of("positions", "mlp", "reduction", "16"));
  }

  @Override
  public String description() {
    return "adapters of each task, generated in each block from an embedding of the task";
  }

  @Override
  public String formula() {
    return "T·E; a block (E + 1)H + (H + 1)P + 2P + f(P + 1)(2Cd + 3C + d)";
  }

  @Override
  public String reference() {
    return "Karimi Mahabadi et al., Parameter-efficient Multi-task Fine-tuning for Transformers via"
        + " Shared Hypernetworks, ACL 2021";
  }
}
