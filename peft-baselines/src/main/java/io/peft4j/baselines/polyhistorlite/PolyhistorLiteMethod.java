package io.peft4j.baselines.polyhistorlite;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Preset;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.PolyhistorBenchmark;
import io.peft4j.baselines.polyhistor.PolyhistorMethod;
import java.util.List;
import java.util.Map;

/**
 * Polyhistor-Lite (Liu, Ma, Tian, He and Kira, NeurIPS 2022, section 3.3, scaling kernels): one
 * hypernetwork for the whole backbone generates templates of the narrowest width {@code C₀} in two
 * factors of low rank, and kernels blow them up to the width of a block.
 *
 * <p>A block of {@code s = C/C₀} times that width has s embeddings {@code l_j} of its own, from
 * which come s templates {@code T_j} by {@code z_j = LN(MLP([e_t; l_j]))}; with kernels {@code K
 * [s, s, s]} its weights are {@code W = Σ_j K_j ⊗ T_j} (down and up with the same kernel), its
 * biases {@code Σ_j k_j ⊗ b_j} with {@code k [s, s]}, gain and offset of its norm alike with a
 * third kernel. With s = 1 there is no kernel. With adapters at both positions the hypernetwork
 * reads an embedding of the position too.
 *
 * <p>With T tasks it has {@code T·E + (2E + 1)H + (H + 1)P + 2P + (P + 1)(2r(C₀ + d₀) + C₀ + d₀ +
 * 2C₀) + E·Σ_blocks s + Σ_{s>1}(s³ + 2s²)} numbers: 413,552 on Swin-Tiny with ρ = 2, which of the
 * paper's rows that is being unknown. The published code knows the scales 1, 2, 4 and 8, so PVT
 * with its fivefold third stage is refused, unless {@code scales} says otherwise.
 *
 * <p>Kernels and embeddings start standard normal, everything else as in {@link PolyhistorMethod};
 * sums over s kernels make weights of wide blocks start about √s times as large. It cannot be
 * merged: the function between the projections is not affine; once trained, it can be frozen into
 * plain adapters of each task.
 */
@AutoService(PeftMethod.class)
public final class PolyhistorLiteMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public PolyhistorLiteMethod() {}

  @Override
  public String id() {
    return "polyhistor-lite";
  }

  @Override
  public Class<? extends Record> configType() {
    return PolyhistorLiteConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new PolyhistorLiteRewrite((PolyhistorLiteConfig) config, backbone, tasks);
  }

  @Override
  public Map<String, Preset> presets() {
    return PolyhistorBenchmark.preset(
        Map.of("positions", "mlp", "norm", "pre", "reduction", "2", "rank", "-4", "unfreeze", ""));
  }

  @Override
  public String description() {
    return "adapters of each task from one hypernetwork, scaled to each block by kernels";
  }

  @Override
  public String formula() {
    return "T·E + (2E + 1)H + (H + 1)P + 2P + (P + 1)(2r(C₀ + d₀) + 3C₀ + d₀); a block of"
        + " scale s E·s + s³ + 2s²";
  }

  @Override
  public String reference() {
    return new PolyhistorMethod().reference();
  }
}
