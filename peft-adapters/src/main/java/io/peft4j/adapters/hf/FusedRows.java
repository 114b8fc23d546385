package io.peft4j.adapters.hf;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.lowrank.LowRankUpdate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Updates of a fused projection and of its parts, query, key and value, whose rows lie one below
 * the other.
 *
 * <p>Apart, a part has its rows of B and the whole A; ranks whose column of B is zero in the part,
 * but not in another, are left out. Joined, equal As give one pair of their rank; different ones a
 * pair of the ranks' sum, in which B has a block for each part. Both compute the same, since an
 * update's rows, and DoRA's norms of rows, do not mix. What cannot be joined is a difference of
 * scales that is no power of two, which only rounding could move into B.
 */
final class FusedRows {
  private FusedRows() {}

  /** The updates of the parts; empty where a part is not updated. */
  static List<Optional<LowRankUpdate>> apart(LowRankUpdate fused, int parts, boolean rslora) {
    long width = fused.out() / parts;
    boolean[][] used = new boolean[parts][];
    for (int p = 0; p < parts; p++) {
      used[p] = nonZeroColumns(rows(fused.b(), p * width, width));
    }
    List<Optional<LowRankUpdate>> result = new ArrayList<>();
    for (int p = 0; p < parts; p++) {
      int part = p;
      int[] kept =
          IntStream.range(0, fused.rank())
              .filter(k -> used[part][k] || Arrays.stream(used).noneMatch(columns -> columns[k]))
              .toArray();
      Optional<INDArray> magnitude = fused.magnitude().map(m -> slice(m, part * width, width));
      if (kept.length == 0 && magnitude.isEmpty()) {
        result.add(Optional.empty());
        continue;
      }
      INDArray b = rows(fused.b(), p * width, width);
      result.add(Optional.of(chosen(fused, b, kept, magnitude, rslora)));
    }
    return result;
  }

  private static LowRankUpdate chosen(
      LowRankUpdate fused, INDArray b, int[] kept, Optional<INDArray> magnitude, boolean rslora) {
    if (kept.length == fused.rank()) {
      return new LowRankUpdate(fused.a(), b, fused.alpha(), magnitude);
    }
    // A magnitude needs a pair beside it, be it one that does nothing.
    int rank = Math.max(1, kept.length);
    INDArray a = Nd4j.zeros(fused.a().dataType(), rank, fused.in());
    INDArray own = Nd4j.zeros(b.dataType(), b.size(0), rank);
    for (int k = 0; k < kept.length; k++) {
      a.putRow(k, fused.a().getRow(kept[k]));
      own.putColumn(k, b.getColumn(kept[k]));
    }
    double alpha = fused.scale(rslora) * LowRankUpdate.divisor(rank, rslora);
    return new LowRankUpdate(a, own, alpha, magnitude);
  }

  /**
   * The update of the fused projection.
   *
   * @param parts updates of the parts that have one, by index
   * @param count number of parts
   * @throws InputException if scales differ, or rows of weights are needed and there are none
   */
  static LowRankUpdate joined(
      TreeMap<Integer, LowRankUpdate> parts,
      int count,
      boolean rslora,
      LinearSite site,
      Backbone backbone) {
    LowRankUpdate first = parts.firstEntry().getValue();
    Optional<INDArray> magnitude = magnitude(parts, count, site, backbone);
    INDArray all =
        Nd4j.zeros(
            first.b().dataType(),
            site.out(),
            isOneInput(parts, count, rslora) ? first.rank() : sumOfRanks(parts));
    if (isOneInput(parts, count, rslora)) {
      parts.forEach((p, u) -> block(all, site, count, p, 0, u.rank()).assign(u.b()));
      return new LowRankUpdate(first.a(), all, first.alpha(), magnitude);
    }
    double scale = first.scale(rslora);
    int column = 0;
    for (Map.Entry<Integer, LowRankUpdate> part : parts.entrySet()) {
      LowRankUpdate u = part.getValue();
      double ratio = u.scale(rslora) / scale;
      if (Math.scalb(1.0, Math.getExponent(ratio)) != ratio) {
        throw new InputException(
            "%s: its parts have scales %s and %s, which one fused update cannot have without rounding;"
                    .formatted(site.path(), scale, u.scale(rslora))
                + " give the parts one alpha");
      }
      block(all, site, count, part.getKey(), column, u.rank()).assign(u.b().mul(ratio));
      column += u.rank();
    }
    INDArray a =
        Nd4j.concat(0, parts.values().stream().map(LowRankUpdate::a).toArray(INDArray[]::new));
    return new LowRankUpdate(a, all, scale * LowRankUpdate.divisor(column, rslora), magnitude);
  }

  private static int sumOfRanks(TreeMap<Integer, LowRankUpdate> parts) {
    return parts.values().stream().mapToInt(LowRankUpdate::rank).sum();
  }

  private static INDArray block(
      INDArray all, LinearSite site, int count, int part, long column, long columns) {
    long width = site.out() / count;
    return all.get(
        NDArrayIndex.interval(part * width, (part + 1) * width),
        NDArrayIndex.interval(column, column + columns));
  }

  /** Whether all parts are there and multiply the same A, to the bit. */
  private static boolean isOneInput(
      TreeMap<Integer, LowRankUpdate> parts, int count, boolean rslora) {
    LowRankUpdate first = parts.firstEntry().getValue();
    return parts.size() == count
        && parts.values().stream()
            .allMatch(
                u ->
                    u.rank() == first.rank()
                        && u.scale(rslora) == first.scale(rslora)
                        && sameBits(u.a(), first.a()));
  }

  private static boolean sameBits(INDArray x, INDArray y) {
    return Arrays.equals(x.shape(), y.shape())
        && Arrays.equals(x.dup('c').data().asDouble(), y.dup('c').data().asDouble());
  }

  /** Magnitudes one below the other; of a part that is not updated those of its weight. */
  private static Optional<INDArray> magnitude(
      TreeMap<Integer, LowRankUpdate> parts, int count, LinearSite site, Backbone backbone) {
    if (parts.values().stream().noneMatch(u -> u.magnitude().isPresent())) {
      return Optional.empty();
    }
    DataType type = parts.firstEntry().getValue().b().dataType();
    long width = site.out() / count;
    INDArray all = Nd4j.zeros(type, site.out());
    for (int p = 0; p < count; p++) {
      LowRankUpdate u = parts.get(p);
      INDArray own =
          u != null && u.magnitude().isPresent()
              ? u.magnitude().get()
              : norms(site, backbone, p * width, width);
      slice(all, p * width, width).assign(own.castTo(type).reshape(width));
    }
    return Optional.of(all);
  }

  private static INDArray norms(LinearSite site, Backbone backbone, long from, long width) {
    if (!backbone.hasWeights()) {
      throw new InputException(
          "%s: a part has no magnitude, which takes the norms of the weight; build %s with weights"
              .formatted(site.path(), backbone.id()));
    }
    INDArray weight =
        backbone.graph().getArrForVarName(site.weight()).reshape('c', site.out(), site.in());
    return rows(weight, from, width).castTo(DataType.DOUBLE).norm2(1);
  }

  private static boolean[] nonZeroColumns(INDArray matrix) {
    double[][] rows = matrix.castTo(DataType.DOUBLE).toDoubleMatrix();
    boolean[] used = new boolean[rows[0].length];
    for (double[] row : rows) {
      for (int k = 0; k < row.length; k++) {
        used[k] |= row[k] != 0;
      }
    }
    return used;
  }

  static INDArray rows(INDArray matrix, long from, long count) {
    return matrix.get(NDArrayIndex.interval(from, from + count), NDArrayIndex.all());
  }

  static INDArray slice(INDArray vector, long from, long count) {
    return vector.get(NDArrayIndex.interval(from, from + count));
  }
}
