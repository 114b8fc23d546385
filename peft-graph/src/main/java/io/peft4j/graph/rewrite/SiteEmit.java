package io.peft4j.graph.rewrite;

import io.peft4j.api.NearestName;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.NoiseInput;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Site;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.api.routing.Stream;
import io.peft4j.graph.emitted.Owner;
import io.peft4j.graph.emitted.Trainable;
import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One question to a plugin: a site on a stream, and all that the plugin may ask for in return. */
final class SiteEmit implements Emit {
  private final Rewriter rewriter;
  private final Site site;
  private final int level;
  private final Stream stream;
  private final Region region;

  SiteEmit(Rewriter rewriter, Site site, int level, Stream stream, Region region) {
    this.rewriter = rewriter;
    this.site = site;
    this.level = level;
    this.stream = stream;
    this.region = region;
  }

  @Override
  public Stream stream() {
    return stream;
  }

  @Override
  public Ops ops() {
    return rewriter.target().ops();
  }

  @Override
  public SDVariable next() {
    return next(stream);
  }

  @Override
  public SDVariable next(Stream other) {
    return rewriter.level(site.output(), level - 1, rewriter.route(site.output(), other), region);
  }

  @Override
  public SDVariable input() {
    return input(stream);
  }

  @Override
  public SDVariable input(Stream other) {
    if (site instanceof LinearSite s) {
      return rewriter.value(s.input(), other, region);
    }
    if (site instanceof TapSite) {
      return next(other);
    }
    AttentionSite s = (AttentionSite) site;
    return rewriter.value(s.normIn(), other, region);
  }

  @Override
  public SDVariable weight() {
    if (site instanceof LinearSite s) {
      return rewriter.value(s.matrix(), stream, region);
    }
    throw new RewriteException(
        "site '%s' has no weight; only linear sites have one".formatted(site.path()));
  }

  @Override
  public SDVariable value(String variable, Stream other) {
    requireKnown(variable);
    return rewriter.value(variable, other, region);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Sites in the region are answered by the plugin again, but for the site that asks: a region
   * that ends in its own output ends in {@link #next()}.
   */
  @Override
  public SDVariable apply(String from, SDVariable x, String to, Stream other) {
    requireKnown(from);
    requireKnown(to);
    rewriter.requireOwn(x, "site '%s' applies a region to".formatted(site.path()));
    Stream start = rewriter.route(from, other);
    rewriter.own(x, start);
    Region inner = region.inside(from, x, start, rewriter.plain().downstreamOf(from));
    return to.equals(site.output())
        ? rewriter.level(to, level - 1, rewriter.route(to, other), inner)
        : rewriter.value(to, other, inner);
  }

  @Override
  public SDVariable param(String local, Param.Kind kind, Init init, long... shape) {
    return globalParam(ownName(local), stream, kind, init, shape);
  }

  @Override
  public SDVariable sharedParam(String local, Param.Kind kind, Init init, long... shape) {
    return globalParam(site.path() + "." + local, Stream.SHARED, kind, init, shape);
  }

  @Override
  public SDVariable globalParam(
      String name, Stream owner, Param.Kind kind, Init init, long... shape) {
    requireNotBackbones(name);
    return rewriter
        .target()
        .trainable(Trainable.added(name, Owner.ADAPTER, kind, owner, shape), init);
  }

  @Override
  public SDVariable frozen(String local, Supplier<INDArray> value, long... shape) {
    String name = ownName(local);
    requireNotBackbones(name);
    return rewriter.target().constant(name, value, Shape.of(shape));
  }

  @Override
  public SDVariable named(String local, SDVariable generated) {
    rewriter.requireOwn(generated, "site '%s' names".formatted(site.path()));
    String name = ownName(local);
    requireNotBackbones(name);
    return rewriter.target().named(name, generated);
  }

  @Override
  public String buffer(String local, long... shape) {
    String name = ownName(local);
    requireNotBackbones(name);
    rewriter.target().memory(name, Shape.of(shape));
    return name;
  }

  @Override
  public SDVariable dropout(String local, SDVariable x, double rate, int width) {
    if (rate == 0) {
      return x;
    }
    String name = stream.tag(site.path() + "." + local + ".mask");
    return x.mul(rewriter.target().noise(new NoiseInput(name, rate, site.rows(), Shape.of(width))));
  }

  @Override
  public void penalty(String local, SDVariable value) {
    rewriter.requireOwn(value, "site '%s' gives as penalty".formatted(site.path()));
    String name = ownName(local);
    requireNotBackbones(name);
    rewriter.target().penalty(name, value);
  }

  @Override
  public INDArray base(String param) {
    return rewriter.base(param);
  }

  private String ownName(String local) {
    return site.path() + "." + local + (stream.isShared() ? "" : "." + stream.id());
  }

  private void requireKnown(String variable) {
    SameDiff plain = rewriter.plain().backbone().graph();
    if (!plain.hasVariable(variable)) {
      throw new RewriteException(
          "site '%s' asks for variable '%s', which the backbone does not have%s"
              .formatted(
                  site.path(),
                  variable,
                  NearestName.of(variable, plain.getVariables().keySet())
                      .map(near -> "; did you mean '" + near + "'?")
                      .orElse("")));
    }
  }

  /** A name of the backbone's would be answered by the backbone's value, or take its place. */
  private void requireNotBackbones(String name) {
    if (rewriter.plain().backbone().graph().hasVariable(name)) {
      throw new RewriteException(
          "site '%s' names a value of its own '%s', which is the backbone's; choose another name"
              .formatted(site.path(), name));
    }
  }
}
