package io.peft4j.tglora;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.api.select.SiteSelector;
import io.peft4j.grouping.StageCosts;
import io.peft4j.grouping.TaskGroups;
import java.util.List;
import java.util.OptionalLong;
import org.nd4j.autodiff.samediff.SDVariable;

/** TGLoRA on one backbone: its task groups, and a layer for each selected site. */
final class TgloraRewrite implements Rewrite {
  private final TaskRouter router;
  private final ImmutableMap<String, TgloraLayer> layers;
  private final ImmutableSet<Param> unfrozen;
  private final long parameters;

  TgloraRewrite(TgloraConfig config, Backbone backbone, List<Task> tasks) {
    List<LinearSite> sites =
        SiteSelector.of(config.targets().toArray(String[]::new)).select(backbone);
    this.unfrozen = ParamGroup.unfrozen(config.unfreeze(), backbone);
    int lastStage = StageCosts.stages(backbone) - 1;
    // Σ r(in + out): the combined rank of a layer does not depend on its groups
    long adapters =
        sites.stream().mapToLong(s -> (long) rank(config, s, lastStage) * (s.in() + s.out())).sum();
    this.parameters = adapters + unfrozen.stream().mapToLong(p -> p.shape().size()).sum();
    TaskGroups groups =
        config.choice().of(backbone, tasks.stream().map(Task::name).toList(), parameters);
    this.router = groups.router();
    ImmutableMap.Builder<String, TgloraLayer> byPath = ImmutableMap.builder();
    for (LinearSite site : sites) {
      RankSplit ranks =
          RankSplit.of(
              isLast(config, site, lastStage) ? "lastStageRank" : "rank",
              rank(config, site, lastStage),
              groups,
              site.place().stage());
      byPath.put(site.path(), TgloraLayer.of(config, site, groups, ranks));
    }
    this.layers = byPath.buildOrThrow();
  }

  @Override
  public TaskRouter router() {
    return router;
  }

  /** What is unfrozen has one copy for all groups, as the published totals have it. */
  @Override
  public Training training(Param param, Stream stream) {
    return unfrozen.contains(param) ? Training.TRAINED : Training.FROZEN;
  }

  @Override
  public SDVariable linear(LinearSite site, Emit emit) {
    TgloraLayer layer = layers.get(site.path());
    return layer == null ? emit.next() : layer.emit(emit);
  }

  /** Σ r(in + out) over the sites with the combined rank r, and what is unfrozen. */
  @Override
  public OptionalLong declaredParameters() {
    return OptionalLong.of(parameters);
  }

  private static int rank(TgloraConfig config, LinearSite site, int lastStage) {
    return isLast(config, site, lastStage) ? config.lastStageRank() : config.rank();
  }

  /** True if the site has the rank of the last stage. */
  private static boolean isLast(TgloraConfig config, LinearSite site, int lastStage) {
    return site.place().stage() == lastStage && config.lastStageRank() > 0;
  }
}
