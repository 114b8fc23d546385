package io.peft4j.adapters.combine;

import io.peft4j.adapters.Adapter;
import io.peft4j.adapters.BackboneMark;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.lowrank.LowRankAdapter;
import io.peft4j.api.lowrank.LowRankForm;
import io.peft4j.api.routing.Stream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Weighted combinations of low-rank adapters of one backbone.
 *
 * <p>Of updates {@code sᵢ·BᵢAᵢ} with weights {@code wᵢ}; s is the scale of the first adapter that
 * updates the layer, which the result keeps:
 *
 * <ul>
 *   <li>{@link Kind#LINEAR}: {@code A = Σ √(|wᵢ|sᵢ/s) Aᵢ}, {@code B = Σ ±√(|wᵢ|sᵢ/s) Bᵢ}, as peft's
 *       {@code linear}; cheap, of one rank, but with mixed terms {@code BᵢAⱼ};
 *   <li>{@link Kind#CONCATENATION}: {@code Σ wᵢsᵢ·BᵢAᵢ} as it is, of the ranks' sum;
 *   <li>{@link Kind#SVD}: its best approximation of a given rank.
 * </ul>
 *
 * <p>Magnitudes (DoRA) and trained parameters of the backbone differ from the backbone's own by the
 * weighted sum of their differences. So one adapter with weight 1 is itself, whatever the kind.
 * Heads are not combined: they are kept where they are equal, else one of them is chosen, or none
 * (see {@link HeadChoice}).
 *
 * <p>Safe for use by several threads.
 */
public final class Combination {
  /** How updates are combined. */
  public enum Kind {
    /** Sums of the factors. */
    LINEAR,
    /** Factors beside each other. */
    CONCATENATION,
    /** Truncated singular value decomposition of the sum. */
    SVD
  }

  private Combination() {}

  /**
   * An adapter and its weight.
   *
   * @param adapter the adapter
   * @param weight its weight, of either sign
   */
  public record Part(Adapter adapter, double weight) {
    /** Refuses weights that are not finite. */
    public Part {
      if (!Double.isFinite(weight)) {
        throw new InputException("weight %s of an adapter is not finite".formatted(weight));
      }
    }
  }

  /** As {@link #of(List, Kind, OptionalInt, HeadChoice, Backbone)}; heads must be equal. */
  public static Adapter of(List<Part> parts, Kind kind, OptionalInt rank, Backbone on) {
    return of(parts, kind, rank, HeadChoice.EQUAL, on);
  }

  /**
   * Combines adapters.
   *
   * @param rank rank of the result for {@link Kind#SVD}; by default the largest that is combined
   * @param heads which heads the result has
   * @throws InputException if the adapters are of different methods, backbones or tasks, are no
   *     low-rank updates, or cannot be combined so, or their heads differ and none are chosen
   */
  public static Adapter of(
      List<Part> parts, Kind kind, OptionalInt rank, HeadChoice heads, Backbone on) {
    if (parts.isEmpty()) {
      throw new InputException("no adapters to combine; give at least one");
    }
    if (rank.isPresent() && (kind != Kind.SVD || rank.getAsInt() < 1)) {
      throw new InputException(
          "rank %d: a rank of at least 1 can be chosen for the kind svd alone"
              .formatted(rank.getAsInt()));
    }
    Adapter first = parts.get(0).adapter();
    Optional<Adapter> ofHeads = heads.among(parts.stream().map(Part::adapter).toList());
    BackboneMark mark = BackboneMark.of(on);
    parts.forEach(p -> p.adapter().backbone().requireSame(mark));
    List<Map<Stream, LowRankAdapter>> told = new ArrayList<>();
    for (Part part : parts) {
      requireSameMethod(first, part.adapter());
      told.add(part.adapter().lowRank(on));
      requireSameStreams(told.get(0).keySet(), told.get(told.size() - 1).keySet());
    }
    if (parts.size() == 1 && parts.get(0).weight() == 1 && keeps(told.get(0), rank)) {
      return ofHeads.map(first::withHeadsOf).orElseGet(first::withoutHeads);
    }
    Map<Stream, LowRankAdapter> combined = new LinkedHashMap<>();
    for (Stream stream : told.get(0).keySet()) {
      List<Weighted> ofStream = new ArrayList<>();
      for (int i = 0; i < parts.size(); i++) {
        ofStream.add(new Weighted(told.get(i).get(stream), parts.get(i).weight()));
      }
      combined.put(stream, new CombinedUpdates(ofStream, kind, rank, on).adapter());
    }
    LowRankForm form = first.lowRankForm().orElseThrow();
    Adapter result = first.with(form.fromLowRank(combined, on));
    return ofHeads.map(result::withHeadsOf).orElseGet(result::withoutHeads);
  }

  /** Whether a rank truncates nothing. */
  private static boolean keeps(Map<Stream, LowRankAdapter> adapters, OptionalInt rank) {
    return rank.isEmpty()
        || adapters.values().stream()
            .flatMap(a -> a.updates().values().stream())
            .allMatch(u -> u.rank() <= rank.getAsInt());
  }

  private static void requireSameMethod(Adapter first, Adapter other) {
    if (!first.method().equals(other.method())) {
      throw new InputException(
          "%s and %s cannot be combined; combine adapters of one method"
              .formatted(first.method(), other.method()));
    }
  }

  private static void requireSameStreams(Set<Stream> first, Set<Stream> other) {
    if (!first.equals(other)) {
      throw new InputException(
          "adapters for the streams %s and %s cannot be combined".formatted(first, other));
    }
  }
}
