package io.peft4j.baselines.svft;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.SharedOrPerTask;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/** SVFT on one backbone: which sites have an M. */
final class SvftRewrite extends SharedOrPerTask {
  private final SvftConfig config;
  private final ImmutableMap<String, SvftLayer> layers;

  SvftRewrite(SvftConfig config, Backbone backbone, List<Task> tasks) {
    super(config.perTask(), tasks);
    this.config = config;
    this.layers =
        config.sites().select(backbone).stream()
            .collect(ImmutableMap.toImmutableMap(LinearSite::path, s -> SvftLayer.of(config, s)));
  }

  @Override
  public SDVariable linear(LinearSite site, Emit emit) {
    SvftLayer layer = layers.get(site.path());
    return layer == null ? emit.next() : layer.emit(emit);
  }

  @Override
  public boolean identityAtStart() {
    return config.init() == SvftConfig.Start.IDENTITY
        && (config.rank() == 0 || config.tail() == SvftConfig.Tail.KEEP);
  }

  @Override
  protected long numbers() {
    return layers.values().stream().mapToLong(SvftLayer::numbers).sum();
  }
}
