package io.peft4j.lora;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.lowrank.LowRankAdapter;
import io.peft4j.api.lowrank.LowRankForm;
import io.peft4j.api.lowrank.LowRankUpdate;
import io.peft4j.api.routing.Stream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * LoRA's state as plain low-rank updates.
 *
 * <p>Pairs of the parts of a fused projection become one pair of their ranks' sum, B with a block
 * for each part. PiSSA, whose frozen weight is not the backbone's, becomes a pair of twice the
 * rank: {@code s·B A - s·B₀ A₀ = s·[B, -B₀] [A; A₀]}. Both compute the same; from the updates the
 * method makes one pair a layer that starts from the backbone's own weight.
 */
final class LoraLowRank implements LowRankForm {
  static final String A = ".lora_A";
  static final String B = ".lora_B";
  static final String MAGNITUDE = ".lora_magnitude_vector";

  @Override
  public Map<Stream, LowRankAdapter> toLowRank(
      Record config, Backbone backbone, Map<String, INDArray> state) {
    LoraConfig lora = (LoraConfig) config;
    if (lora.norm() != LoraConfig.Norm.NONE) {
      throw new InputException(
          "norm block: a norm before A is no part of a low-rank update; train with norm none");
    }
    List<LinearSite> sites = lora.sites().select(backbone);
    Map<Stream, LowRankAdapter> adapters = new LinkedHashMap<>();
    for (Stream stream : streams(sites.get(0), state)) {
      Map<String, LowRankUpdate> updates = new LinkedHashMap<>();
      sites.forEach(s -> updates.put(s.path(), update(lora, backbone, s, stream, state)));
      Map<String, INDArray> trained = new LinkedHashMap<>();
      for (Param param : backbone.params()) {
        INDArray array = state.get(stream.tag(param.path()));
        if (array != null) {
          trained.put(param.path(), array);
        }
      }
      adapters.put(stream, new LowRankAdapter(lora.rslora(), lora.dropout(), updates, trained));
    }
    return adapters;
  }

  @Override
  public Adapted fromLowRank(Map<Stream, LowRankAdapter> adapters, Backbone backbone) {
    return new LoraFromLowRank(backbone).adapted(adapters);
  }

  /** The name of a parameter of a site on a stream. */
  static String name(String site, String local, Stream stream) {
    return stream.isShared() ? site + local : site + local + "." + stream.id();
  }

  /** The streams that have a pair of their own at a site; every site has the same. */
  private static List<Stream> streams(LinearSite site, Map<String, INDArray> state) {
    String name = site.path() + A;
    if (state.containsKey(name)) {
      return List.of(Stream.SHARED);
    }
    List<Stream> tasks =
        state.keySet().stream()
            .filter(n -> n.startsWith(name + "."))
            .map(n -> Stream.of(n.substring(name.length() + 1)))
            .sorted(java.util.Comparator.comparing(Stream::id))
            .toList();
    if (tasks.isEmpty()) {
      throw new InputException("the state of lora has no %s".formatted(name));
    }
    return tasks;
  }

  private static LowRankUpdate update(
      LoraConfig config,
      Backbone backbone,
      LinearSite site,
      Stream stream,
      Map<String, INDArray> state) {
    LoraLayer layer = LoraLayer.of(config, site);
    Pair pair = blocks(layer, site, array(site, A, stream, state), array(site, B, stream, state));
    double alpha = layer.alpha();
    if (layer.parts().isSplit()) {
      alpha *= divisor(pair, config) / LowRankUpdate.divisor(layer.rank(), config.rslora());
    }
    if (config.init() == LoraConfig.Start.PISSA) {
      double before = divisor(pair, config);
      pair = pair.minus(start(backbone, layer, site));
      alpha *= divisor(pair, config) / before;
    }
    Optional<INDArray> magnitude =
        config.dora() ? Optional.of(array(site, MAGNITUDE, stream, state)) : Optional.empty();
    return new LowRankUpdate(pair.a(), pair.b(), alpha, magnitude);
  }

  private static double divisor(Pair pair, LoraConfig config) {
    return LowRankUpdate.divisor(Math.toIntExact(pair.a().size(0)), config.rslora());
  }

  private static INDArray array(
      LinearSite site, String local, Stream stream, Map<String, INDArray> state) {
    String name = name(site.path(), local, stream);
    INDArray array = state.get(name);
    if (array == null) {
      throw new InputException("the state of lora has no %s".formatted(name));
    }
    return array;
  }

  /** The pair that PiSSA started from, which its frozen weight lacks. */
  private static Pair start(Backbone backbone, LoraLayer layer, LinearSite site) {
    if (!backbone.hasWeights()) {
      throw new InputException(
          "init pissa: what is left of the weights is found by decomposing them, but %s was built"
                  .formatted(backbone.id())
              + " without weights");
    }
    INDArray weight =
        backbone.graph().getArrForVarName(site.weight()).reshape('c', site.out(), site.in());
    Pissa start = Pissa.of(site.weight(), weight, layer.rank(), layer.scale(), layer.parts());
    return blocks(layer, site, start.a(), start.b());
  }

  /** One pair of the pairs of all parts: {@code A} is theirs, {@code B} has a block for each. */
  private static Pair blocks(LoraLayer layer, LinearSite site, INDArray a, INDArray b) {
    Parts parts = layer.parts();
    if (!parts.isSplit()) {
      return new Pair(a, b);
    }
    int width = parts.width(site.out());
    int rank = layer.rank();
    INDArray all = Nd4j.zeros(b.dataType(), site.out(), (long) parts.pairs() * rank);
    for (int pair = 0; pair < parts.pairs(); pair++) {
      long row = (long) parts.adapted().get(pair) * width;
      INDArray own = rows(b, (long) pair * width, width);
      all.get(
              NDArrayIndex.interval(row, row + width),
              NDArrayIndex.interval((long) pair * rank, (long) (pair + 1) * rank))
          .assign(own);
    }
    return new Pair(a, all);
  }

  private static INDArray rows(INDArray matrix, long from, long count) {
    return matrix.get(NDArrayIndex.interval(from, from + count), NDArrayIndex.all());
  }

  /** {@code A [r, in]} and {@code B [out, r]}. */
  private record Pair(INDArray a, INDArray b) {
    Pair minus(Pair other) {
      DataType type = a.dataType();
      return new Pair(
          Nd4j.concat(0, a, other.a.castTo(type)), Nd4j.concat(1, b, other.b.castTo(type).neg()));
    }
  }
}
