package io.peft4j.baselines.prefix;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.SharedOrPerTask;
import io.peft4j.baselines.attention.AttendedSite;
import io.peft4j.baselines.attention.ExtraKeys;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/** Prefixes in every attention of one backbone. */
final class PrefixRewrite extends SharedOrPerTask {
  private final PrefixConfig config;
  private final ImmutableMap<String, AttendedSite> sites;

  PrefixRewrite(PrefixConfig config, Backbone backbone, List<Task> tasks) {
    super(config.perTask(), tasks);
    this.config = config;
    this.sites = Maps.uniqueIndex(AttendedSite.of(backbone), a -> a.site().path());
  }

  @Override
  public SDVariable attention(AttentionSite site, Emit emit) {
    AttendedSite attended = sites.get(site.path());
    if (attended == null) {
      return emit.next();
    }
    return attended.attend(
        emit,
        config.reparametrized() ? made(emit, attended.width()) : trained(emit, attended.width()));
  }

  private ExtraKeys trained(Emit emit, int width) {
    Init start = Init.normal(config.std());
    return ExtraKeys.shared(
        emit.param("prefix_keys", start, config.prefixes(), width),
        emit.param("prefix_values", start, config.prefixes(), width),
        config.prefixes());
  }

  /** Keys and values side by side as the output of the network. */
  private ExtraKeys made(Emit emit, int width) {
    Ops ops = emit.ops();
    int e = config.embedding();
    int h = config.hidden();
    SDVariable rows = global(emit, "embedding", Kind.WEIGHT, Init.normal(1), config.prefixes(), e);
    SDVariable weight = global(emit, "hidden.weight", Kind.WEIGHT, Init.kaimingUniform(), h, e);
    SDVariable bias = global(emit, "hidden.bias", Kind.BIAS, Init.uniform(1 / Math.sqrt(e)), h);
    SDVariable out = emit.param("prefix_weight", Init.kaimingUniform(), 2L * width, h);
    SDVariable offset =
        emit.param("prefix_bias", Kind.BIAS, Init.uniform(1 / Math.sqrt(h)), 2L * width);
    SDVariable both = ops.linear(ops.tanh(ops.linear(rows, weight, bias)), out, offset);
    return ExtraKeys.shared(
        ops.slice(both, 1, 0, width), ops.slice(both, 1, width, 2L * width), config.prefixes());
  }

  private static SDVariable global(Emit emit, String name, Kind kind, Init init, long... shape) {
    String end = emit.stream().isShared() ? "" : "." + emit.stream().id();
    return emit.globalParam("prefix." + name + end, emit.stream(), kind, init, shape);
  }

  /** Keys of prefixes take a share of every softmax, whatever they are. */
  @Override
  public boolean identityAtStart() {
    return false;
  }

  @Override
  protected long numbers() {
    long widths = sites.values().stream().mapToLong(AttendedSite::width).sum();
    if (!config.reparametrized()) {
      return 2L * config.prefixes() * widths;
    }
    long e = config.embedding();
    long h = config.hidden();
    return config.prefixes() * e + (e + 1) * h + 2 * widths * (h + 1);
  }
}
