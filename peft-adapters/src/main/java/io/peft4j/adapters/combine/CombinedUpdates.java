package io.peft4j.adapters.combine;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.linalg.Svd;
import io.peft4j.api.lowrank.LowRankAdapter;
import io.peft4j.api.lowrank.LowRankUpdate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The combination of the updates of one stream; the rules are those of {@link Combination}. */
final class CombinedUpdates {
  private final List<Weighted> parts;
  private final Combination.Kind kind;
  private final OptionalInt rank;
  private final Backbone backbone;
  private final LowRankAdapter first;

  CombinedUpdates(
      List<Weighted> parts, Combination.Kind kind, OptionalInt rank, Backbone backbone) {
    this.parts = parts;
    this.kind = kind;
    this.rank = rank;
    this.backbone = backbone;
    this.first = parts.get(0).adapter();
    for (Weighted part : parts) {
      if (part.adapter().hasMagnitudes() != first.hasMagnitudes()) {
        throw new InputException("adapters with magnitudes (dora) and without cannot be combined");
      }
    }
  }

  LowRankAdapter adapter() {
    Map<String, LowRankUpdate> updates = new LinkedHashMap<>();
    for (LinearSite site : backbone.linearSites()) {
      List<Term> terms = terms(site.path());
      if (!terms.isEmpty()) {
        updates.put(site.path(), combined(site, terms));
      }
    }
    Map<String, INDArray> trained = new LinkedHashMap<>();
    Set<String> paths = new TreeSet<>();
    parts.forEach(p -> paths.addAll(p.adapter().trained().keySet()));
    for (String path : paths) {
      List<Value> values = new ArrayList<>();
      for (Weighted part : parts) {
        Optional.ofNullable(part.adapter().trained().get(path))
            .ifPresent(array -> values.add(new Value(array, part.weight())));
      }
      trained.put(path, moved(values, () -> base(path)));
    }
    return new LowRankAdapter(first.rslora(), first.dropout(), updates, trained);
  }

  /** One adapter's update of a layer; the factor is its weight times its scale. */
  private record Term(LowRankUpdate update, double weight, double scale) {
    double factor() {
      return weight * scale;
    }
  }

  private record Value(INDArray array, double weight) {}

  private List<Term> terms(String site) {
    List<Term> terms = new ArrayList<>();
    for (Weighted part : parts) {
      LowRankUpdate update = part.adapter().updates().get(site);
      if (update != null) {
        terms.add(new Term(update, part.weight(), update.scale(part.adapter().rslora())));
      }
    }
    return terms;
  }

  private LowRankUpdate combined(LinearSite site, List<Term> terms) {
    Optional<INDArray> magnitude =
        first.hasMagnitudes()
            ? Optional.of(
                moved(
                    terms.stream()
                        .map(t -> new Value(t.update().magnitude().orElseThrow(), t.weight()))
                        .toList(),
                    () -> norms(site)))
            : Optional.empty();
    return switch (kind) {
      case LINEAR -> linear(site, terms, magnitude);
      case CONCATENATION -> concatenated(terms, magnitude);
      case SVD -> decomposed(site, terms, magnitude);
    };
  }

  private LowRankUpdate linear(LinearSite site, List<Term> terms, Optional<INDArray> magnitude) {
    LowRankUpdate result = terms.get(0).update();
    double scale = result.scale(first.rslora());
    INDArray a = Nd4j.zeros(result.a().dataType(), result.a().shape());
    INDArray b = Nd4j.zeros(result.b().dataType(), result.b().shape());
    for (Term term : terms) {
      if (term.update().rank() != result.rank()) {
        throw new InputException(
            "linear: the ranks of %s are %d and %d; combine by concatenation or svd"
                .formatted(site.path(), result.rank(), term.update().rank()));
      }
      double root = Math.sqrt(Math.abs(term.factor() / scale));
      a.addi(term.update().a().mul(root));
      b.addi(term.update().b().mul(term.factor() < 0 ? -root : root));
    }
    return new LowRankUpdate(a, b, result.alpha(), magnitude);
  }

  private LowRankUpdate concatenated(List<Term> terms, Optional<INDArray> magnitude) {
    LowRankUpdate leading = terms.get(0).update();
    int sum = terms.stream().mapToInt(t -> t.update().rank()).sum();
    double alpha = alphaAt(leading, sum);
    double scale = alpha / LowRankUpdate.divisor(sum, first.rslora());
    INDArray[] a =
        terms.stream().map(t -> t.update().a().mul(t.factor() / scale)).toArray(INDArray[]::new);
    INDArray[] b = terms.stream().map(t -> t.update().b()).toArray(INDArray[]::new);
    return new LowRankUpdate(Nd4j.concat(0, a), Nd4j.concat(1, b), alpha, magnitude);
  }

  /** The alpha with which an update of another rank has the scale of a given one. */
  private double alphaAt(LowRankUpdate leading, int newRank) {
    return newRank == leading.rank()
        ? leading.alpha()
        : leading.scale(first.rslora()) * LowRankUpdate.divisor(newRank, first.rslora());
  }

  /** {@code Σ wᵢsᵢ·BᵢAᵢ = U S Vᵀ}, cut to a rank; the root of S goes to each side. */
  private LowRankUpdate decomposed(
      LinearSite site, List<Term> terms, Optional<INDArray> magnitude) {
    LowRankUpdate leading = terms.get(0).update();
    int largest = terms.stream().mapToInt(t -> t.update().rank()).max().orElseThrow();
    int kept = Math.min(rank.orElse(largest), Math.min(site.in(), site.out()));
    double alpha = alphaAt(leading, kept);
    double scale = alpha / LowRankUpdate.divisor(kept, first.rslora());
    INDArray sum = Nd4j.zeros(DataType.DOUBLE, leading.out(), leading.in());
    for (Term term : terms) {
      INDArray b = term.update().b().castTo(DataType.DOUBLE);
      INDArray a = term.update().a().castTo(DataType.DOUBLE);
      sum.addi(b.mmul(a).muli(term.factor()));
    }
    double[][] rows = sum.toDoubleMatrix();
    requireFinite(site, rows);
    Svd svd = Svd.of(rows, kept);
    double[][] a = new double[kept][];
    double[][] b = new double[Math.toIntExact(leading.out())][kept];
    for (int k = 0; k < kept; k++) {
      double root = Math.sqrt(svd.values()[k] / scale);
      a[k] = java.util.Arrays.stream(svd.right()[k]).map(v -> v * root).toArray();
      for (int i = 0; i < b.length; i++) {
        b[i][k] = svd.left()[k][i] * root;
      }
    }
    DataType type = backbone.dataType();
    return new LowRankUpdate(
        Nd4j.createFromArray(a).castTo(type),
        Nd4j.createFromArray(b).castTo(type),
        alpha,
        magnitude);
  }

  private static void requireFinite(LinearSite site, double[][] rows) {
    for (double[] row : rows) {
      for (double value : row) {
        if (!Double.isFinite(value)) {
          throw new InputException("svd: the update of %s holds %s".formatted(site.path(), value));
        }
      }
    }
  }

  /** {@code p₀ + Σ wᵢ(pᵢ - p₀)}, written so that one value with weight 1 is itself to the bit. */
  private INDArray moved(List<Value> values, java.util.function.Supplier<INDArray> start) {
    double rest = 1 - values.stream().mapToDouble(Value::weight).sum();
    INDArray sum = values.get(0).array().mul(values.get(0).weight());
    values.stream().skip(1).forEach(v -> sum.addi(v.array().mul(v.weight())));
    return rest == 0 ? sum : sum.addi(start.get().castTo(sum.dataType()).mul(rest));
  }

  private INDArray norms(LinearSite site) {
    return base(site.weight()).reshape('c', site.out(), site.in()).castTo(DataType.DOUBLE).norm2(1);
  }

  private INDArray base(String path) {
    if (!backbone.hasWeights()) {
      throw new InputException(
          "%s: combining magnitudes and trained parameters takes the backbone's own; build %s with"
                  .formatted(path, backbone.id())
              + " weights");
    }
    return backbone.graph().getArrForVarName(path);
  }
}
