package io.peft4j.lora;

import com.google.common.base.Suppliers;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.lowrank.LowRankUpdate;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.api.select.SitePatterns;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The branch of one site: its rank and scale, its start, and what it emits.
 *
 * <p>PiSSA freezes {@code W - s·B₀A₀}, the weight without its principal part. It is emitted as
 * {@code W x - s·B₀A₀x}, so that W stays shared with every other rewrite of the backbone.
 */
final class LoraLayer {
  private final LoraConfig config;
  private final LinearSite site;
  private final int rank;
  private final double alpha;
  private final double scale;
  private final Parts parts;

  /** Computed once for all streams, and only when arrays are asked for. */
  private @Nullable Supplier<Pissa> pissa;

  private LoraLayer(LoraConfig config, LinearSite site, int rank, double alpha, Parts parts) {
    this.config = config;
    this.site = site;
    this.rank = rank;
    this.alpha = alpha;
    this.scale = alpha / LowRankUpdate.divisor(rank, config.rslora());
    this.parts = parts;
  }

  /**
   * The layer of a site.
   *
   * @throws InputException if the rank is larger than the weight's
   */
  static LoraLayer of(LoraConfig config, LinearSite site) {
    int rank = SitePatterns.valueFor(site, config.rankPattern(), config.rank());
    double alpha = SitePatterns.valueFor(site, config.alphaPattern(), config.alpha());
    Parts parts = Parts.of(config, site);
    int max = Math.min(site.in(), parts.width(site.out()));
    if (rank > max) {
      throw new InputException(
          "rank %d is larger than site %s allows (%d outputs, %d inputs: at most %d); lower rank, "
                  .formatted(rank, site.path(), parts.width(site.out()), site.in(), max)
              + "or set rankPattern for this site");
    }
    return new LoraLayer(config, site, rank, alpha, parts);
  }

  int rank() {
    return rank;
  }

  double alpha() {
    return alpha;
  }

  double scale() {
    return scale;
  }

  Parts parts() {
    return parts;
  }

  /** Trainable numbers of one copy. */
  long numbers() {
    long pair = (long) rank * (site.in() + parts.width(site.out()));
    return parts.pairs() * pair + (config.dora() ? site.out() : 0);
  }

  /** The adapted output {@code [batch·rows, out]}. */
  SDVariable emit(Emit emit) {
    SDVariable a = emit.param("lora_A", Kind.LOW_RANK, startOfA(emit), shapeOfA());
    SDVariable b = emit.param("lora_B", Kind.LOW_RANK, startOfB(emit), shapeOfB());
    SDVariable x = emit.input();
    SDVariable branch = config.norm() == LoraConfig.Norm.NONE ? x : BranchNorm.of(site, emit, x);
    SDVariable dropped = emit.dropout("lora_dropout", branch, config.dropout(), site.in());
    if (config.dora()) {
      return dora(emit, a, b, x, dropped);
    }
    IntFunction<SDVariable> learned = lowRank(emit, dropped, a, b, scale);
    if (!isPissa()) {
      return add(emit, emit.next(), learned);
    }
    // the difference first: while A and B are A₀ and B₀ it is zero to the bit
    IntFunction<SDVariable> start = lowRank(emit, x, frozenA(emit), frozenB(emit), scale);
    return add(emit, emit.next(), pair -> learned.apply(pair).sub(start.apply(pair)));
  }

  /**
   * DoRA (Liu et al., ICML 2024, eq. 5): {@code W' = m · V/‖V‖}, {@code V = W + s·B A}, norms of
   * rows, m at the start the norms of W. The norm passes no gradient (section 4.3). With dropout on
   * d(x), as HF peft: {@code W x + b + (g - 1)·W d(x) + g·s·B A d(x)} with {@code g = m/‖V‖}.
   */
  private SDVariable dora(Emit emit, SDVariable a, SDVariable b, SDVariable x, SDVariable dropped) {
    Ops ops = emit.ops();
    SDVariable magnitude =
        emit.param("lora_magnitude_vector", Init.of(() -> rowNorms(weight(emit))), site.out());
    SDVariable base = frozenWeight(emit);
    SDVariable v = update(ops, base, a, b, scale);
    // the summand keeps rows of zeros, whose magnitude is zero too, from giving 0/0
    SDVariable norm = ops.sqrt(ops.sum(ops.square(v), false, 1).add(1e-24));
    SDVariable gain = magnitude.div(ops.stopGradient(norm));
    IntFunction<SDVariable> learned = lowRank(emit, dropped, a, b, scale);
    SDVariable inner = residual(emit, x);
    if (config.dropout() > 0) {
      SDVariable again = ops.linear(dropped, base);
      return inner.add(add(emit, again, learned).mul(gain)).sub(again);
    }
    if (site.bias().isEmpty()) {
      return add(emit, inner, learned).mul(gain);
    }
    SDVariable bias = emit.value(site.bias().get(), emit.stream());
    return add(emit, inner.sub(bias), learned).mul(gain).add(bias);
  }

  /** The frozen output: {@code W x + b}, or for PiSSA {@code W x - s·B₀A₀x + b}. */
  private SDVariable residual(Emit emit, SDVariable x) {
    return isPissa()
        ? add(emit, emit.next(), lowRank(emit, x, frozenA(emit), frozenB(emit), -scale))
        : emit.next();
  }

  /** The matrix under the branch: W, or for PiSSA {@code W - s·B₀A₀}. */
  private SDVariable frozenWeight(Emit emit) {
    SDVariable w = emit.weight();
    return isPissa() ? update(emit.ops(), w, frozenA(emit), frozenB(emit), -scale) : w;
  }

  /** {@code s·(x Aᵀ) Bᵀ} of each pair. */
  private IntFunction<SDVariable> lowRank(
      Emit emit, SDVariable x, SDVariable a, SDVariable b, double s) {
    Ops ops = emit.ops();
    SDVariable low = ops.linear(x, a);
    return pair -> {
      SDVariable own =
          parts.isSplit() ? ops.slice(low, 1, (long) pair * rank, (long) (pair + 1) * rank) : low;
      return ops.linear(own, parts.rowsOfPair(ops, b, pair, parts.width(site.out()))).mul(s);
    };
  }

  /** Adds an update {@code [rows, out/parts]} to each part of an output that has a pair. */
  private SDVariable add(Emit emit, SDVariable base, IntFunction<SDVariable> updateOfPair) {
    return parts.add(emit.ops(), base, 1, site.out(), updateOfPair);
  }

  /** {@code W + s·B A}, part by part. */
  private SDVariable update(Ops ops, SDVariable w, SDVariable a, SDVariable b, double s) {
    return parts.add(
        ops,
        w,
        0,
        site.out(),
        pair ->
            ops.matmul(
                    parts.rowsOfPair(ops, b, pair, parts.width(site.out())),
                    parts.rowsOfPair(ops, a, pair, rank),
                    false,
                    false)
                .mul(s));
  }

  private Init startOfA(Emit emit) {
    return switch (config.init()) {
      case KAIMING -> Init.kaimingUniform();
      case GAUSSIAN -> Init.normal(1.0 / rank);
      case PISSA -> Init.of(() -> pissa(emit).a());
    };
  }

  private Init startOfB(Emit emit) {
    return isPissa() ? Init.of(() -> pissa(emit).b()) : Init.zeros();
  }

  private SDVariable frozenA(Emit emit) {
    return emit.frozen("pissa_A0", () -> pissa(emit).a(), shapeOfA());
  }

  private SDVariable frozenB(Emit emit) {
    return emit.frozen("pissa_B0", () -> pissa(emit).b(), shapeOfB());
  }

  private Pissa pissa(Emit emit) {
    if (pissa == null) {
      pissa = Suppliers.memoize(() -> Pissa.of(site.weight(), weight(emit), rank, scale, parts));
    }
    return pissa.get();
  }

  private boolean isPissa() {
    return config.init() == LoraConfig.Start.PISSA;
  }

  private long[] shapeOfA() {
    return new long[] {(long) parts.pairs() * rank, site.in()};
  }

  private long[] shapeOfB() {
    return new long[] {(long) parts.pairs() * parts.width(site.out()), rank};
  }

  /** The pre-trained weight as {@code [out, in]}. */
  private INDArray weight(Emit emit) {
    return emit.base(site.weight()).reshape('c', site.out(), site.in());
  }

  private static INDArray rowNorms(INDArray weight) {
    return weight.castTo(DataType.DOUBLE).norm2(1);
  }
}
