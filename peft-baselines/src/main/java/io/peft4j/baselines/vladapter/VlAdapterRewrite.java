package io.peft4j.baselines.vladapter;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.bottleneck.AdapterWeights;
import io.peft4j.baselines.bottleneck.BottleneckRewrite;
import io.peft4j.baselines.bottleneck.InsertionPoint;
import io.peft4j.baselines.bottleneck.OwnWeights;
import io.peft4j.baselines.vladapter.VlAdapterConfig.Sharing;
import java.util.List;

/** Adapters of which tasks share all, one projection, or only the norm. */
final class VlAdapterRewrite extends BottleneckRewrite {
  private final VlAdapterConfig config;
  private final Sharing sharing;

  VlAdapterRewrite(VlAdapterConfig config, Backbone backbone, List<Task> tasks) {
    super(
        config.bottleneck(),
        config.unfreeze(),
        config.sharing() == Sharing.SINGLE
            ? Copies.models(false, tasks.size())
            : Copies.streams(tasks.size()),
        backbone);
    this.config = config;
    this.sharing = config.sharing();
  }

  @Override
  protected AdapterWeights weights(InsertionPoint point, Emit emit) {
    TapSite site = point.site();
    return new OwnWeights(
            sharing.sharesDown() ? emit::sharedParam : emit::param,
            sharing.sharesUp() ? emit::sharedParam : emit::param,
            emit::sharedParam)
        .make(site.width(), bottleneck().width(site), bottleneck().norm(), config.init());
  }

  @Override
  protected long adapterNumbers() {
    return points().stream().mapToLong(p -> numbers(p.site())).sum();
  }

  private long numbers(TapSite site) {
    long c = site.width();
    long d = bottleneck().width(site);
    long down = (sharing.sharesDown() ? 1 : copies().tasks()) * (c * d + d);
    long up = (sharing.sharesUp() ? 1 : copies().tasks()) * (c * d + c);
    return down + up + bottleneck().normNumbers(site);
  }

  @Override
  protected boolean startsAtZero() {
    return config.init() == OwnWeights.Start.IDENTITY;
  }
}
