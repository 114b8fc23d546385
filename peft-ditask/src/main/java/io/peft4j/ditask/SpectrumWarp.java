package io.peft4j.ditask;

import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Ops;
import io.peft4j.ditask.DitaskConfig.Warp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;

/** What a flow does to the singular values of the parts of a site, see {@link Warp}. */
final class SpectrumWarp {
  private static final double UNBOUNDED = 1e9;

  private final Emit emit;
  private final DataType type;
  private final DitaskConfig config;
  private final int cells;
  private final int n;
  private final GridArrays grids;

  /**
   * The transformations of one site on one stream.
   *
   * @param n number of singular values of a part
   */
  SpectrumWarp(Emit emit, DataType type, DitaskConfig config, int cells, int n, GridArrays grids) {
    this.emit = emit;
    this.type = type;
    this.config = config;
    this.cells = cells;
    this.n = n;
    this.grids = grids;
  }

  /**
   * By how much the singular values of parts under one θ change; exactly zero where θ is.
   *
   * @param theta {@code [1, cells - 1]}
   * @param parts how many parts
   * @param values singular values of a part, descending
   * @param from index of the first part, which keeps names apart
   * @return for each part {@code [1, n]}
   */
  List<SDVariable> changes(SDVariable theta, int parts, IntFunction<double[]> values, int from) {
    return switch (config.warp()) {
      case INDEX -> byIndex(theta, parts, values, from);
      case VALUE -> byValue(theta, parts, values, from);
    };
  }

  /** {@code σ₁(φ(σᵢ/σ₁) - σᵢ/σ₁)}, all parts in one flow. */
  private List<SDVariable> byValue(
      SDVariable theta, int parts, IntFunction<double[]> values, int from) {
    int count = parts * n;
    CpabFlow.Constants constants =
        (name, value, rows, columns) ->
            emit.frozen("cpab" + from + "." + name, () -> grids.own(value), rows, columns);
    CpabFlow flow = new CpabFlow(emit.ops(), type, config.basis(), cells, constants);
    SDVariable moved =
        flow.displacement(theta, () -> normalised(parts, values), count)
            .mul(constants.get("largest", () -> largest(parts, values), count, 1));
    List<SDVariable> changes = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      SDVariable own = emit.ops().slice(moved, 0, (long) part * n, (part + 1L) * n);
      changes.add(own.reshape(1, n));
    }
    return changes;
  }

  /**
   * {@code σ(y) - σᵢ} at {@code y = i + (n-1)(φ(i/(n-1)) - i/(n-1))}. Positions are taken relative
   * to i, since float32 holds a small move better than its sum with i.
   */
  private List<SDVariable> byIndex(
      SDVariable theta, int parts, IntFunction<double[]> values, int from) {
    Ops ops = emit.ops();
    CpabFlow.Constants shared = this::sharedByIndex;
    CpabFlow flow = new CpabFlow(ops, type, config.basis(), cells, shared);
    SDVariable moved = flow.displacement(theta, this::indices, n).mul(n - 1.0);
    // how far the new position of i lies behind position j
    SDVariable behind = shared.get("offsets", this::offsets, n, n).add(moved);
    Smooth smooth = new Smooth(ops, type);
    SDVariable atOrBehind =
        smooth.mask(behind.gte(shared.get("from", () -> bounds(0, -UNBOUNDED, 0), 1, n)), behind);
    SDVariable beforeNext =
        smooth.mask(behind.lt(shared.get("to", () -> bounds(n - 1, UNBOUNDED, 1), 1, n)), behind);
    SDVariable segment = ops.stopGradient(atOrBehind.mul(beforeNext));
    SDVariable spectrum =
        emit.frozen("spectrum" + from, () -> grids.own(() -> spectra(parts, values)), n, parts);
    SDVariable steps =
        emit.frozen("steps" + from, () -> grids.own(() -> steps(parts, values)), n, parts);
    SDVariable change =
        ops.matmul(segment, spectrum, false, false)
            .sub(spectrum)
            .add(ops.matmul(segment.mul(behind), steps, false, false));
    List<SDVariable> changes = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      SDVariable own = parts == 1 ? change : ops.slice(change, 1, part, part + 1L);
      changes.add(own.reshape(1, n));
    }
    return changes;
  }

  /** The grid of indices is the same for all sites with n singular values. */
  private SDVariable sharedByIndex(
      String name, Supplier<double[][]> value, long rows, long columns) {
    String key = "%d.%d.%s".formatted(n, cells, name);
    return emit.frozen("cpab." + name, () -> grids.shared(key, value), rows, columns);
  }

  private double[] indices() {
    double[] indices = new double[n];
    Arrays.setAll(indices, i -> i / (n - 1.0));
    return indices;
  }

  private double[][] offsets() {
    double[][] offsets = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        offsets[i][j] = i - j;
      }
    }
    return offsets;
  }

  /** The outer segments have no outer end: a position that rounding moves out is in them. */
  private double[][] bounds(int index, double there, double elsewhere) {
    double[] row = new double[n];
    Arrays.fill(row, elsewhere);
    row[index] = there;
    return new double[][] {row};
  }

  private double[][] spectra(int parts, IntFunction<double[]> values) {
    double[][] m = new double[n][parts];
    for (int part = 0; part < parts; part++) {
      double[] own = values.apply(part);
      for (int i = 0; i < n; i++) {
        m[i][part] = own[i];
      }
    }
    return m;
  }

  /** From each value to the next one; none behind the last. */
  private double[][] steps(int parts, IntFunction<double[]> values) {
    double[][] m = spectra(parts, values);
    for (int i = 0; i < n; i++) {
      for (int part = 0; part < parts; part++) {
        m[i][part] = i + 1 < n ? m[i + 1][part] - m[i][part] : 0;
      }
    }
    return m;
  }

  private double[] normalised(int parts, IntFunction<double[]> values) {
    double[] points = new double[parts * n];
    for (int part = 0; part < parts; part++) {
      double[] own = values.apply(part);
      for (int i = 0; i < n; i++) {
        points[part * n + i] = own[0] == 0 ? 0 : own[i] / own[0];
      }
    }
    return points;
  }

  private double[][] largest(int parts, IntFunction<double[]> values) {
    double[][] column = new double[parts * n][1];
    for (int i = 0; i < column.length; i++) {
      column[i][0] = values.apply(i / n)[0];
    }
    return column;
  }
}
