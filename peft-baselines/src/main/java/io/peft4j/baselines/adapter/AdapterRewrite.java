package io.peft4j.baselines.adapter;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.bottleneck.AdapterWeights;
import io.peft4j.baselines.bottleneck.BottleneckRewrite;
import io.peft4j.baselines.bottleneck.InsertionPoint;
import io.peft4j.baselines.bottleneck.OwnWeights;
import java.util.List;

/** Adapters whose weights are trained as they are. */
final class AdapterRewrite extends BottleneckRewrite {
  private final AdapterConfig config;

  AdapterRewrite(AdapterConfig config, Backbone backbone, List<Task> tasks) {
    super(
        config.bottleneck(),
        config.unfreeze(),
        Copies.models(config.perTask(), tasks.size()),
        backbone);
    this.config = config;
  }

  @Override
  protected AdapterWeights weights(InsertionPoint point, Emit emit) {
    TapSite site = point.site();
    return OwnWeights.ofStream(emit)
        .make(site.width(), bottleneck().width(site), bottleneck().norm(), config.init());
  }

  @Override
  protected long adapterNumbers() {
    return copies().own() * points().stream().mapToLong(p -> bottleneck().numbers(p.site())).sum();
  }

  @Override
  protected boolean startsAtZero() {
    return config.init() == OwnWeights.Start.IDENTITY;
  }
}
