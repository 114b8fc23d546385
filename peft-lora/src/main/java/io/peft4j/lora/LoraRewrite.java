package io.peft4j.lora;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.api.select.SitePatterns;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;

/** LoRA on one backbone: which sites get a branch, and what else is trained. */
final class LoraRewrite implements Rewrite {
  private final LoraConfig config;
  private final ImmutableMap<String, LoraLayer> layers;
  private final ImmutableSet<Param> unfrozen;
  private final int copies;
  private final long norms;

  LoraRewrite(LoraConfig config, Backbone backbone, List<Task> tasks) {
    this.config = config;
    List<LinearSite> sites = config.sites().select(backbone);
    SitePatterns.requireMatches("rankPattern", config.rankPattern(), backbone);
    SitePatterns.requireMatches("alphaPattern", config.alphaPattern(), backbone);
    ImmutableMap.Builder<String, LoraLayer> byPath = ImmutableMap.builder();
    sites.forEach(s -> byPath.put(s.path(), LoraLayer.of(config, s)));
    this.layers = byPath.buildOrThrow();
    if (!config.qkvParts().isEmpty()
        && layers.values().stream().noneMatch(layer -> layer.parts().isSplit())) {
      throw new InputException(nothingToSplit(backbone));
    }
    this.unfrozen = unfrozen(config, backbone, sites);
    this.copies = config.perTask() ? tasks.size() : 1;
    this.norms = config.norm() == LoraConfig.Norm.NONE ? 0 : BranchNorm.numbers(sites);
  }

  private static String nothingToSplit(Backbone backbone) {
    String fused =
        backbone.linearSites().stream()
            .map(s -> s.place().role())
            .filter(role -> role.equals(Role.ATTN_QKV) || role.equals(Role.ATTN_KV))
            .findFirst()
            .orElse("");
    return fused.isEmpty()
        ? "qkvParts: %s has no fused projection (%s or %s); choose its layers by targets"
            .formatted(backbone.id(), Role.ATTN_QKV, Role.ATTN_KV)
        : "qkvParts: none of the selected sites of %s is a fused qkv or kv projection; add %s to"
                .formatted(backbone.id(), fused)
            + " targets or drop the option";
  }

  @Override
  public TaskRouter router() {
    return config.perTask() ? TaskRouter.perTask() : TaskRouter.shared();
  }

  @Override
  public Training training(Param param, Stream stream) {
    if (!unfrozen.contains(param)) {
      return Training.FROZEN;
    }
    return config.perTask() ? Training.PER_STREAM : Training.TRAINED;
  }

  @Override
  public SDVariable linear(LinearSite site, Emit emit) {
    LoraLayer layer = layers.get(site.path());
    return layer == null ? emit.next() : layer.emit(emit);
  }

  /**
   * Σ r(in + out) over the sites, one magnitude per output for DoRA, twice the width of a norm, and
   * what is unfrozen.
   */
  @Override
  public OptionalLong declaredParameters() {
    long adapters = layers.values().stream().mapToLong(LoraLayer::numbers).sum();
    long backbone = unfrozen.stream().mapToLong(p -> p.shape().size()).sum();
    return OptionalLong.of(copies * (adapters + norms + backbone));
  }

  private static ImmutableSet<Param> unfrozen(
      LoraConfig config, Backbone backbone, List<LinearSite> sites) {
    Set<Param> params = new LinkedHashSet<>(ParamGroup.unfrozen(config.unfreeze(), backbone));
    params.addAll(SavedModules.params(config.modulesToSave(), backbone));
    switch (config.bias()) {
      case NONE -> {}
      case LORA_ONLY -> sites.forEach(s -> s.bias().map(backbone::param).ifPresent(params::add));
      case ALL -> params.addAll(ParamGroup.union(List.of(ParamGroup.BIASES), backbone));
    }
    return ImmutableSet.copyOf(params);
  }
}
