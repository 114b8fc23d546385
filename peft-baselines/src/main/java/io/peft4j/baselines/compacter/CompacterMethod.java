package io.peft4j.baselines.compacter;

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
 * Compacter (Karimi Mahabadi, Henderson and Ruder, NeurIPS 2021): adapters behind attention and
 * MLP, {@code A(h) = h + W_u act(W_d h + b_d) + b_u}, whose weights are sums of Kronecker products
 * (eq. 4) {@code Wᵀ = Σᵢ Aᵢ ⊗ Bᵢ}, n of them, with {@code Bᵢ = lᵢ rᵢ} of low rank (eq. 5); {@code
 * Aᵢ [n, n]} are shared by all layers and both projections.
 *
 * <p>With C channels and a bottleneck of d, a site has {@code 3C + 3d} numbers (rank 1) and 2C for
 * a norm, and all sites together n³; d and C must be multiples of n. The published multi-task row
 * has one model per task, n = 4: on Swin-Tiny 4 · 57,472.
 *
 * <p>Its start is near the identity, A being normal with deviation 1e-4 (0.01 in the benchmark), l
 * and r Glorot-uniform with gain √2. The papers' text models train the norms of the backbone too;
 * where the published code's other low-rank layer multiplies factors element by element, right for
 * rank 1 alone, here it is the matrix product. It cannot be merged: the function between the
 * projections is not affine; its weights can be frozen into a plain adapter's.
 */
@AutoService(PeftMethod.class)
public final class CompacterMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public CompacterMethod() {}

  @Override
  public String id() {
    return "compacter";
  }

  @Override
  public Class<? extends Record> configType() {
    return CompacterConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new CompacterRewrite((CompacterConfig) config, backbone, tasks);
  }

  @Override
  public Map<String, Preset> presets() {
    return PolyhistorBenchmark.adapters(
        Map.of("ruleStd", "0.01", "unfreeze", "", "perTask", "true"));
  }

  @Override
  public String description() {
    return "adapters after attention and MLP whose weights are Kronecker sums of low rank";
  }

  @Override
  public String formula() {
    return "3C + 3d a position at rank 1, + 2C with a norm; + n³ once";
  }

  @Override
  public String reference() {
    return "Karimi Mahabadi et al., Compacter: Efficient Low-Rank Hypercomplex Adapter Layers,"
        + " NeurIPS 2021";
  }
}
