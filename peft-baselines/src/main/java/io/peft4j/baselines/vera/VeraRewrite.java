package io.peft4j.baselines.vera;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.SharedOrPerTask;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/** VeRA on one backbone. */
final class VeraRewrite extends SharedOrPerTask {
  private final VeraConfig config;
  private final ImmutableMap<String, LinearSite> sites;
  private final SharedMatrices matrices;

  VeraRewrite(VeraConfig config, Backbone backbone, List<Task> tasks) {
    super(config.perTask(), tasks);
    this.config = config;
    this.sites = Maps.uniqueIndex(config.sites().select(backbone), LinearSite::path);
    this.matrices =
        new SharedMatrices(
            config,
            backbone.dataType(),
            sites.values().stream().mapToInt(LinearSite::in).max().orElseThrow(),
            sites.values().stream().mapToInt(LinearSite::out).max().orElseThrow());
  }

  /**
   * The update is made as a weight, in every step: its rank is large where layers are narrow, so
   * that the way through {@code A x} would cost more than the layer itself.
   */
  @Override
  public SDVariable linear(LinearSite site, Emit emit) {
    if (!sites.containsKey(site.path())) {
      return emit.next();
    }
    Ops ops = emit.ops();
    int rank = config.rank();
    int in = site.in();
    int out = site.out();
    SDVariable down = emit.frozen("vera_A", () -> matrices.down(in), rank, in);
    SDVariable up = emit.frozen("vera_B", () -> matrices.up(out), out, rank);
    SDVariable d = emit.param("vera_d", Init.constant(config.dInitial()), rank);
    SDVariable b = emit.param("vera_b", Init.zeros(), out);
    SDVariable scaled = up.mul(d.reshape(1, rank));
    SDVariable update = ops.matmul(scaled, down, false, false).mul(b.reshape(out, 1));
    SDVariable x = emit.input();
    if (config.dropout() > 0) {
      SDVariable dropped = emit.dropout("vera_dropout", x, config.dropout(), in);
      return emit.next().add(ops.linear(dropped, update));
    }
    SDVariable weight = emit.weight().add(update);
    return site.bias().isEmpty()
        ? ops.linear(x, weight)
        : ops.linear(x, weight, emit.value(site.bias().get(), emit.stream()));
  }

  /** r + out a site. */
  @Override
  protected long numbers() {
    return sites.values().stream().mapToLong(s -> (long) config.rank() + s.out()).sum();
  }
}
