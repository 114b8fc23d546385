package io.peft4j.baselines.svft;

import com.google.common.base.Suppliers;
import com.google.common.hash.Hashing;
import com.google.common.primitives.Longs;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.linalg.WeightRows;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One layer {@code y = x (W + g·U M Vᵀ)ᵀ + b}.
 *
 * <p>The weight is made in every step: that costs {@code out·n·in} once, whereas the way through
 * {@code x V} would cost {@code rows·n·(in + out)}.
 */
final class SvftLayer {
  private final SvftConfig config;
  private final LinearSite site;
  private final int size;

  /** Computed once for all streams, and only when arrays are asked for. */
  private @Nullable Supplier<Frozen> frozen;

  private SvftLayer(SvftConfig config, LinearSite site, int size) {
    this.config = config;
    this.site = site;
    this.size = size;
  }

  /**
   * The layer of a site.
   *
   * @throws InputException if the weight has fewer singular values than the pattern has diagonals
   */
  static SvftLayer of(SvftConfig config, LinearSite site) {
    int size = Factors.size(Math.min(site.in(), site.out()), config);
    if (config.offDiagonals() >= size) {
      throw new InputException(
          "offDiagonals %d is too large for site %s, whose M is %d x %d: at most %d; lower it, or"
                  .formatted(config.offDiagonals(), site.path(), size, size, size - 1)
              + " exclude the site");
    }
    return new SvftLayer(config, site, size);
  }

  /** Entries of M and the gate. */
  long numbers() {
    return entries() + 1L;
  }

  /** The adapted output {@code [batch·rows, out]}. */
  SDVariable emit(Emit emit) {
    Ops ops = emit.ops();
    SDVariable gate = ops.sigmoid(emit.param("gate", Init.zeros(), 1));
    SDVariable entries = emit.param("entries", start(), entries()).mul(gate);
    SDVariable left = constant(emit, "left", () -> frozen(emit).left(), site.out(), size);
    SDVariable right = constant(emit, "right", () -> frozen(emit).right(), size, site.in());
    SDVariable middle =
        config.offDiagonals() == 0 && !isScattered()
            ? entries.reshape(size, 1).mul(right)
            : ops.matmul(
                isScattered() ? scattered(emit, entries) : band(emit, entries),
                right,
                false,
                false);
    SDVariable weight = base(emit).add(ops.matmul(left, middle, false, false));
    return site.bias().isEmpty()
        ? ops.linear(emit.input(), weight)
        : ops.linear(emit.input(), weight, emit.value(site.bias().get(), emit.stream()));
  }

  /**
   * M of values on a band, those of the lowest diagonal first, each from its upper end.
   *
   * <p>With w = 2k + 1 diagonals, padded with zeros, as columns of {@code [n, w]}, rows are made n
   * longer and then, by cutting the flat array anew, one shorter: each row starts one column
   * further right than the one above, so that diagonals stand where they belong.
   */
  private SDVariable band(Emit emit, SDVariable entries) {
    Ops ops = emit.ops();
    int k = config.offDiagonals();
    int w = 2 * k + 1;
    List<SDVariable> diagonals = new ArrayList<>();
    long from = 0;
    for (int diagonal = -k; diagonal <= k; diagonal++) {
      long to = from + size - Math.abs(diagonal);
      if (diagonal < 0) {
        diagonals.add(zeros(emit, -diagonal));
      }
      diagonals.add(ops.slice(entries, 0, from, to));
      if (diagonal > 0) {
        diagonals.add(zeros(emit, diagonal));
      }
      from = to;
    }
    SDVariable columns =
        ops.concat(0, diagonals.toArray(SDVariable[]::new)).reshape(w, size).permute(1, 0);
    SDVariable longer = ops.concat(1, columns, zeros(emit, size, size));
    long shorter = w + size - 1L;
    SDVariable skewed =
        ops.slice(longer.reshape(size * (shorter + 1)), 0, 0, size * shorter)
            .reshape(size, shorter);
    return ops.slice(skewed, 1, k, k + (long) size);
  }

  private SDVariable zeros(Emit emit, long... shape) {
    return constant(
        emit,
        "zeros." + Longs.join("x", shape),
        () -> Nd4j.zeros(emit.base(site.weight()).dataType(), shape),
        shape);
  }

  private boolean isScattered() {
    return config.pattern() == SvftConfig.Pattern.RANDOM
        || config.pattern() == SvftConfig.Pattern.TOP_K;
  }

  /** M of values at given places: {@code Rᵀ (m ⊙ C)} with one-hot rows R and C. */
  private SDVariable scattered(Emit emit, SDVariable entries) {
    int count = entries();
    SDVariable rows = constant(emit, "rows", () -> frozen(emit).rows(), count, size);
    SDVariable columns = constant(emit, "columns", () -> frozen(emit).columns(), count, size);
    return emit.ops().matmul(rows, entries.reshape(count, 1).mul(columns), true, false);
  }

  private SDVariable base(Emit emit) {
    boolean whole = config.rank() == 0 || config.tail() == SvftConfig.Tail.KEEP;
    return whole
        ? emit.weight()
        : constant(emit, "base", () -> frozen(emit).base(), site.out(), site.in());
  }

  private Init start() {
    return switch (config.init()) {
      case KAIMING -> Init.normal(Math.sqrt(2.0 / entries()));
      case IDENTITY -> Init.zeros();
    };
  }

  private int entries() {
    return Entries.ofBand(size, config.offDiagonals());
  }

  private static SDVariable constant(
      Emit emit, String local, Supplier<INDArray> value, long... shape) {
    return emit.frozen("svft_" + local, value, shape);
  }

  private Frozen frozen(Emit emit) {
    if (frozen == null) {
      frozen = Suppliers.memoize(() -> compute(emit.base(site.weight())));
    }
    return frozen.get();
  }

  private Frozen compute(INDArray weight) {
    DataType type = weight.dataType();
    double[][] w =
        WeightRows.of(site.weight(), weight.reshape('c', site.out(), site.in()), 0, site.out());
    // a seed of the site's own, so that layers differ
    long seed =
        Hashing.murmur3_128()
            .newHasher()
            .putLong(config.seed())
            .putUnencodedChars(site.path())
            .hash()
            .asLong();
    Factors factors = Factors.of(w, config, seed);
    Entries places =
        switch (config.pattern()) {
          case PLAIN, BANDED -> new Entries(new int[0], new int[0]);
          case RANDOM -> Entries.random(size, entries(), seed);
          case TOP_K -> Entries.largest(factors.agreement(), entries());
        };
    return new Frozen(
        Factors.array(factors.left(), type).transpose().dup('c'),
        Factors.array(factors.right(), type),
        Factors.array(factors.base(), type),
        oneHot(places.rows(), type),
        oneHot(places.columns(), type));
  }

  private INDArray oneHot(int[] indices, DataType type) {
    if (indices.length == 0) {
      return Nd4j.empty(type);
    }
    INDArray rows = Nd4j.zeros(type, indices.length, size);
    for (int i = 0; i < indices.length; i++) {
      rows.putScalar(i, indices[i], 1);
    }
    return rows;
  }

  /** Constants of the layer in the backbone's type. */
  private record Frozen(
      INDArray left, INDArray right, INDArray base, INDArray rows, INDArray columns) {}
}
