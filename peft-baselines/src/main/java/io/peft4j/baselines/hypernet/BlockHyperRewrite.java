package io.peft4j.baselines.hypernet;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Ops;
import io.peft4j.api.method.PlainForm;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.adapter.AdapterMethod;
import io.peft4j.baselines.bottleneck.AdapterWeights;
import io.peft4j.baselines.bottleneck.BottleneckRewrite;
import io.peft4j.baselines.bottleneck.GeneratedStart;
import io.peft4j.baselines.bottleneck.InsertionPoint;
import io.peft4j.baselines.hypernet.AdapterGenerator.Generated;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Adapters of each task, generated in each block by a hypernetwork of its own from an embedding of
 * the task, which all blocks share. The two positions of a block share z, not the generators.
 */
public final class BlockHyperRewrite extends BottleneckRewrite {
  private final HyperAdapters adapters;
  private final HyperNet net;
  private final BiFunction<Integer, Integer, AdapterGenerator> generators;

  /**
   * Finds the sites.
   *
   * @param adapters the adapters, and the sizes of a hypernetwork
   * @param generators the generator for given channels and width
   */
  public BlockHyperRewrite(
      HyperAdapters adapters,
      BiFunction<Integer, Integer, AdapterGenerator> generators,
      Backbone backbone,
      List<Task> tasks) {
    super(adapters.bottleneck(), adapters.unfreeze(), Copies.streams(tasks.size()), backbone);
    this.adapters = adapters;
    this.net = new HyperNet(adapters.sizes(), 1);
    this.generators = generators;
    // refuses ranks that do not fit before anything is emitted
    points().forEach(p -> generator(p.site()));
  }

  @Override
  protected AdapterWeights weights(InsertionPoint point, Emit emit) {
    Ops ops = emit.ops();
    TapSite site = point.site();
    SDVariable task = TaskEmbedding.of(emit, net.sizes());
    SDVariable z = net.project(ops, emit::globalParam, point.block() + ".hypernet.", List.of(task));
    Generated g = generator(site).generate(ops, emit::sharedParam, z, 1, adapters.init());
    return g.single(site.width(), bottleneck().width(site));
  }

  private AdapterGenerator generator(TapSite site) {
    return generators.apply(site.width(), bottleneck().width(site));
  }

  /** {@code T·E}, a hypernetwork a block, generators a site. */
  @Override
  protected long adapterNumbers() {
    long blocks = points().stream().map(InsertionPoint::block).distinct().count();
    return TaskEmbedding.numbers(copies().tasks(), net.sizes())
        + blocks * net.numbers()
        + points().stream().mapToLong(p -> generator(p.site()).numbers()).sum();
  }

  @Override
  public Optional<PlainForm> plainForm() {
    return Optional.of(AdapterMethod.plain(bottleneck(), adapters.unfreeze(), true));
  }

  @Override
  protected boolean startsAtZero() {
    return adapters.init() == GeneratedStart.IDENTITY;
  }
}
