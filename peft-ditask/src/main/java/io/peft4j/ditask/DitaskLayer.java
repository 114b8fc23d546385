package io.peft4j.ditask;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.ditask.DitaskConfig.Product;
import io.peft4j.ditask.DitaskConfig.Warp;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.NameScope;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One adapted site, {@code y = d(x) (U diag(s) Vᵀ)ᵀ + b}: its parts, their frozen decomposition,
 * and what it emits for a θ.
 */
final class DitaskLayer {
  private final DitaskConfig config;
  private final LinearSite site;
  private final DataType type;
  private final int parts;
  private final List<Factors> factors;
  private final GridArrays grids;

  private DitaskLayer(
      DitaskConfig config,
      LinearSite site,
      DataType type,
      List<Factors> factors,
      GridArrays grids) {
    this.config = config;
    this.site = site;
    this.type = type;
    this.parts = parts(site);
    this.factors = factors;
    this.grids = grids;
  }

  /**
   * The layers of the sites by path. Weights are decomposed here, once, side by side, or read from
   * the {@link FactorCache}; a backbone that is only counted has none.
   *
   * @throws InputException if a weight is not finite or has too few singular values to move
   */
  static ImmutableMap<String, DitaskLayer> all(
      DitaskConfig config, Backbone backbone, List<LinearSite> sites) {
    sites.forEach(s -> requireMovable(config, s));
    DataType type = backbone.dataType();
    List<List<Factors>> factors =
        backbone.hasWeights()
            ? decompose(backbone, sites, type)
            : sites.stream().map(s -> List.<Factors>of()).toList();
    GridArrays grids = new GridArrays(type);
    ImmutableMap.Builder<String, DitaskLayer> layers = ImmutableMap.builder();
    for (int i = 0; i < sites.size(); i++) {
      LinearSite site = sites.get(i);
      layers.put(site.path(), new DitaskLayer(config, site, type, factors.get(i), grids));
    }
    return layers.buildOrThrow();
  }

  private static List<List<Factors>> decompose(
      Backbone backbone, List<LinearSite> sites, DataType type) {
    List<WeightPart> all = new ArrayList<>();
    for (LinearSite site : sites) {
      INDArray array = backbone.graph().getVariable(site.weight()).getArr();
      INDArray weight = array.reshape('c', site.out(), site.in());
      int rows = site.out() / parts(site);
      for (int from = 0; from < site.out(); from += rows) {
        all.add(new WeightPart(site.weight(), weight, from, from + rows));
      }
    }
    FactorCache cache = new FactorCache(CacheFolder.ofProcess());
    int threads = Runtime.getRuntime().availableProcessors();
    Iterator<Factors> factors = new Decomposer(cache, threads).decompose(all, type).iterator();
    return sites.stream()
        .map(s -> Stream.generate(factors::next).limit(parts(s)).toList())
        .toList();
  }

  /** Both ends of a spectrum stay (of values the largest), so short ones cannot move at all. */
  private static void requireMovable(DitaskConfig config, LinearSite site) {
    int least = config.warp() == Warp.INDEX ? 3 : 2;
    int values = Math.min(site.in(), site.out() / parts(site));
    if (values < least) {
      throw new InputException(
          "site %s has %d singular values, and warp=%s can move none of fewer than %d; exclude it"
              .formatted(
                  site.path(), values, config.warp().name().toLowerCase(Locale.ROOT), least));
    }
  }

  /** As the released layer: fused projections by their shape, whatever the site is called. */
  private static int parts(LinearSite site) {
    return site.out() == 3 * site.in() ? 3 : site.out() == 2 * site.in() ? 2 : 1;
  }

  LinearSite site() {
    return site;
  }

  String thetaName() {
    return site.path() + ".theta";
  }

  Shape thetaShape(int cells) {
    return Shape.of(thetas(), Basis.size(cells));
  }

  /** Trainable numbers of one copy. */
  long numbers(int cells) {
    return thetaShape(cells).size();
  }

  /** The output by the θ of all tasks, on any stream. */
  SDVariable emitShared(Emit emit, int cells) {
    SDVariable theta = emit.sharedParam("theta", init(), thetaShape(cells).toArray());
    return output(emit, dropped(emit), theta, cells);
  }

  /** The output by the θ of the task whose stream is answered. */
  SDVariable emitForTask(Emit emit, int cells) {
    SDVariable theta = emit.param("theta", init(), thetaShape(cells).toArray());
    // the reference drops the shared input, which proj reads, but not a task's own
    boolean ownInput = !site.place().role().equals(Role.ATTN_PROJ);
    return output(emit, ownInput ? emit.input() : dropped(emit), theta, cells);
  }

  private SDVariable dropped(Emit emit) {
    return emit.dropout("ditask_dropout", emit.input(), config.dropout(), site.in());
  }

  private Init init() {
    return switch (config.init()) {
      case IDENTITY -> Init.zeros();
      case REFERENCE -> Init.kaimingUniform();
    };
  }

  /**
   * In a name scope of its own: SameDiff looks for a free name among all operations of a kind in a
   * scope, which takes minutes where the flows of a large backbone share one.
   */
  private SDVariable output(Emit emit, SDVariable x, SDVariable theta, int cells) {
    // what may be copied from the backbone first, outside the scope
    Optional<SDVariable> weight = rebuilds() ? Optional.of(emit.weight()) : Optional.empty();
    Optional<SDVariable> bias = site.bias().map(b -> emit.value(b, emit.stream()));
    NameScope scope = x.getSameDiff().withNameScope(emit.stream().tag(site.path()));
    try {
      List<SDVariable> changes = changes(emit, theta, cells);
      SDVariable product =
          weight.map(w -> rebuilt(emit, x, w, changes)).orElseGet(() -> factored(emit, x, changes));
      return bias.map(product::add).orElse(product);
    } finally {
      scope.close();
    }
  }

  private boolean rebuilds() {
    return config.product() == Product.AUTO
        ? ProductCost.rebuildIsCheaper(site, parts)
        : config.product() == Product.REBUILT;
  }

  /** As a change of W: where θ is zero it is W to the bit. */
  private SDVariable rebuilt(Emit emit, SDVariable x, SDVariable weight, List<SDVariable> changes) {
    Ops ops = emit.ops();
    SDVariable[] rows = new SDVariable[parts];
    for (int part = 0; part < parts; part++) {
      SDVariable scaled = left(emit, part).mul(changes.get(part));
      rows[part] = ops.matmul(scaled, right(emit, part), false, false);
    }
    return ops.linear(x, weight.add(ops.concat(0, rows)));
  }

  private SDVariable factored(Emit emit, SDVariable x, List<SDVariable> changes) {
    Ops ops = emit.ops();
    SDVariable[] columns = new SDVariable[parts];
    for (int part = 0; part < parts; part++) {
      int p = part;
      SDVariable values =
          emit.frozen(
              "values" + part, () -> array(new double[][] {factors.get(p).values()}), 1, n());
      SDVariable scaled = ops.linear(x, right(emit, part)).mul(values.add(changes.get(part)));
      columns[part] = ops.linear(scaled, left(emit, part));
    }
    return ops.concat(1, columns);
  }

  private SDVariable left(Emit emit, int part) {
    return emit.frozen("left" + part, () -> factors.get(part).left(), site.out() / parts, n());
  }

  private SDVariable right(Emit emit, int part) {
    return emit.frozen("right" + part, () -> factors.get(part).right(), n(), site.in());
  }

  /** By how much the singular values of each part change, {@code [1, n]}. */
  private List<SDVariable> changes(Emit emit, SDVariable theta, int cells) {
    SpectrumWarp warp = new SpectrumWarp(emit, type, config, cells, n(), grids);
    int partsOfTheta = parts / thetas();
    List<SDVariable> changes = new ArrayList<>();
    for (int i = 0; i < thetas(); i++) {
      SDVariable own = thetas() == 1 ? theta : emit.ops().slice(theta, 0, i, i + 1L);
      int from = i * partsOfTheta;
      changes.addAll(
          warp.changes(own, partsOfTheta, part -> factors.get(from + part).values(), from));
    }
    return changes;
  }

  private int thetas() {
    return config.thetaPerPart() ? parts : 1;
  }

  /** Singular values of a part. */
  private int n() {
    return Math.min(site.in(), site.out() / parts);
  }

  private INDArray array(double[][] values) {
    return Nd4j.createFromArray(values).castTo(type);
  }
}
