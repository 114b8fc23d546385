package io.peft4j.baselines.polyhistorlite;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.api.method.PlainForm;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.adapter.AdapterMethod;
import io.peft4j.baselines.bottleneck.AdapterWeights;
import io.peft4j.baselines.bottleneck.BottleneckRewrite;
import io.peft4j.baselines.bottleneck.GeneratedStart;
import io.peft4j.baselines.bottleneck.InsertionPoint;
import io.peft4j.baselines.hypernet.AdapterGenerator;
import io.peft4j.baselines.hypernet.AdapterGenerator.Generated;
import io.peft4j.baselines.hypernet.HyperNet;
import io.peft4j.baselines.hypernet.HyperSizes;
import io.peft4j.baselines.hypernet.TaskEmbedding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;

/** Adapters of each task from one hypernetwork and a scale kernel a block. */
final class PolyhistorLiteRewrite extends BottleneckRewrite {
  private final PolyhistorLiteConfig config;
  private final HyperSizes sizes;
  private final int template;
  private final HyperNet net;
  private final AdapterGenerator generator;

  PolyhistorLiteRewrite(PolyhistorLiteConfig config, Backbone backbone, List<Task> tasks) {
    super(
        config.adapters().bottleneck(),
        config.adapters().unfreeze(),
        Copies.streams(tasks.size()),
        backbone);
    this.config = config;
    this.sizes = config.adapters().sizes();
    this.template = points().stream().mapToInt(p -> p.site().width()).min().orElseThrow();
    points().forEach(p -> requireScale(p.site(), backbone));
    if (template % bottleneck().reduction() != 0) {
      throw new InputException(
          "reduction %d must divide %d, the channels of the narrowest block of %s"
              .formatted(bottleneck().reduction(), template, backbone.id()));
    }
    this.net = new HyperNet(sizes, hasPositions() ? 3 : 2);
    this.generator =
        config.adapters().factored(template, template / bottleneck().reduction(), config.rank());
  }

  @Override
  protected AdapterWeights weights(InsertionPoint point, Emit emit) {
    Ops ops = emit.ops();
    int s = scale(point.site());
    SDVariable z = net.project(ops, emit::globalParam, "hypernet.", embeddings(point, emit, s));
    Generated g = generator.generate(ops, emit::globalParam, z, s, config.adapters().init());
    if (s == 1) {
      return g.single(template, generator.width());
    }
    ScaleKernels kernels = new ScaleKernels(emit, point.block(), s, config.kernelFirst());
    return new AdapterWeights(
        kernels.matrix(g.down(), generator.width(), template),
        kernels.bias(g.downBias(), generator.width()),
        kernels.matrix(g.up(), template, generator.width()),
        kernels.bias(g.upBias(), template),
        g.norm()
            .map(
                n ->
                    new AdapterWeights.Norm(
                        kernels.norm(n.gain(), template), kernels.norm(n.offset(), template))));
  }

  /**
   * Task {@code [1, E]}, layer {@code [s, E]} and, where there are two, position {@code [1, E]}.
   */
  private List<SDVariable> embeddings(InsertionPoint point, Emit emit, int s) {
    Init normal = Init.normal(1);
    int e = sizes.taskEmbedding();
    List<SDVariable> parts = new ArrayList<>();
    parts.add(TaskEmbedding.of(emit, sizes));
    parts.add(emit.globalParam(point.block() + ".layer_embedding", normal, s, e));
    if (hasPositions()) {
      String name = "position_embedding." + point.position().name().toLowerCase(Locale.ROOT);
      parts.add(emit.globalParam(name, normal, 1, e));
    }
    return parts;
  }

  @Override
  protected long adapterNumbers() {
    Map<String, Integer> scales = new HashMap<>();
    points().forEach(p -> scales.put(p.block(), scale(p.site())));
    long e = sizes.taskEmbedding();
    long blocks =
        scales.values().stream()
            .mapToLong(s -> s * e + ScaleKernels.numbers(s, bottleneck().hasNorm()))
            .sum();
    return TaskEmbedding.numbers(copies().tasks(), sizes)
        + (hasPositions() ? 2 * e : 0)
        + net.numbers()
        + generator.numbers()
        + blocks;
  }

  @Override
  public Optional<PlainForm> plainForm() {
    return Optional.of(AdapterMethod.plain(bottleneck(), config.adapters().unfreeze(), true));
  }

  @Override
  protected boolean startsAtZero() {
    return config.adapters().init() == GeneratedStart.IDENTITY;
  }

  private boolean hasPositions() {
    return bottleneck().positions().size() > 1;
  }

  private int scale(TapSite site) {
    return site.width() / template;
  }

  private void requireScale(TapSite site, Backbone backbone) {
    if (site.width() % template != 0) {
      throw new InputException(
          "%s: the %d channels of site %s are no multiple of %d, those of the narrowest block, so no"
                  .formatted(backbone.id(), site.width(), site.path(), template)
              + " scale kernel gives them; use polyhistor");
    }
    if (!config.scales().contains(scale(site))) {
      throw new InputException(
          "%s: the %d channels of site %s are %d times %d, those of the narrowest block, and scales"
                  .formatted(backbone.id(), site.width(), site.path(), scale(site), template)
              + " %s (the published code's are 1, 2, 4, 8) have no such kernel; add %d to scales"
                  .formatted(config.scales(), scale(site)));
    }
  }
}
