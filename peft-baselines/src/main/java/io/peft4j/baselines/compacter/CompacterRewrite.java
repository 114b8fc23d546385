package io.peft4j.baselines.compacter;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.PlainForm;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.adapter.AdapterMethod;
import io.peft4j.baselines.bottleneck.AdapterWeights;
import io.peft4j.baselines.bottleneck.BottleneckRewrite;
import io.peft4j.baselines.bottleneck.GeneratedStart;
import io.peft4j.baselines.bottleneck.InsertionPoint;
import io.peft4j.baselines.bottleneck.NormPlace;
import io.peft4j.baselines.bottleneck.OwnWeights;
import java.util.List;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;

/** Adapters whose weights are Kronecker sums with one factor in common. */
final class CompacterRewrite extends BottleneckRewrite {
  private final CompacterConfig config;
  private final ImmutableMap<String, Pair> pairs;

  /** The two projections of a site. */
  private record Pair(Phm down, Phm up) {}

  CompacterRewrite(CompacterConfig config, Backbone backbone, List<Task> tasks) {
    super(
        config.bottleneck(),
        config.unfreeze(),
        Copies.models(config.perTask(), tasks.size()),
        backbone);
    this.config = config;
    this.pairs =
        points().stream()
            .map(InsertionPoint::site)
            .collect(ImmutableMap.toImmutableMap(TapSite::path, this::pair));
  }

  private Pair pair(TapSite site) {
    int c = site.width();
    int d = bottleneck().width(site);
    String path = site.path();
    return new Pair(
        Phm.of(path, config.terms(), config.rank(), c, d),
        Phm.of(path, config.terms(), config.rank(), d, c));
  }

  @Override
  protected AdapterWeights weights(InsertionPoint point, Emit emit) {
    TapSite site = point.site();
    Pair pair = pairs.get(site.path());
    boolean identity = config.init() == GeneratedStart.IDENTITY;
    SDVariable rule = rule(emit);
    return new AdapterWeights(
        pair.down().weight(emit, rule, "adapter.down", false),
        emit.param(AdapterWeights.DOWN_BIAS, Kind.BIAS, Init.zeros(), bottleneck().width(site)),
        pair.up()
            .weight(emit, rule, "adapter.up", identity && bottleneck().norm() != NormPlace.POST),
        emit.param(AdapterWeights.UP_BIAS, Kind.BIAS, Init.zeros(), site.width()),
        OwnWeights.norm(emit::param, site.width(), bottleneck().norm(), identity));
  }

  /** A, one for all sites of a stream. */
  private SDVariable rule(Emit emit) {
    Stream stream = emit.stream();
    int n = config.terms();
    return emit.globalParam(
        "phm_rule" + (stream.isShared() ? "" : "." + stream.id()),
        stream,
        Kind.LOW_RANK,
        Init.normal(config.ruleStd()),
        n,
        n,
        n);
  }

  @Override
  protected long adapterNumbers() {
    long n = config.terms();
    long sites = points().stream().mapToLong(this::numbers).sum();
    return copies().own() * (n * n * n + sites);
  }

  private long numbers(InsertionPoint point) {
    TapSite site = point.site();
    Pair pair = pairs.get(site.path());
    return pair.down().numbers()
        + pair.up().numbers()
        + site.width()
        + bottleneck().width(site)
        + bottleneck().normNumbers(site);
  }

  @Override
  public Optional<PlainForm> plainForm() {
    return Optional.of(AdapterMethod.plain(bottleneck(), config.unfreeze(), config.perTask()));
  }

  @Override
  protected boolean startsAtZero() {
    return config.init() == GeneratedStart.IDENTITY;
  }
}
