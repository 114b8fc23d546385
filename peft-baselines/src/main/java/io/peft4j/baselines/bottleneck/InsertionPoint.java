package io.peft4j.baselines.bottleneck;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.backbone.TapSite;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A tap that gets an adapter.
 *
 * @param site the tap: output of the sub-layer, or of the residual sum after it
 * @param position the sub-layer
 * @param input variable that a parallel adapter reads; empty where it is serial and reads the tap
 */
public record InsertionPoint(TapSite site, Position position, Optional<String> input) {
  /**
   * The points of a backbone, position by position, each in the order of the forward pass.
   *
   * @throws InputException if the backbone has none, or one is too narrow for the reduction
   */
  static List<InsertionPoint> of(Backbone backbone, Bottleneck bottleneck) {
    ImmutableList.Builder<InsertionPoint> points = ImmutableList.builder();
    for (Position position : bottleneck.positions()) {
      String role = position.role(bottleneck.insertion());
      List<TapSite> taps =
          backbone.sites().stream()
              .filter(TapSite.class::isInstance)
              .map(TapSite.class::cast)
              .filter(t -> t.place().role().equals(role))
              .toList();
      if (taps.isEmpty()) {
        throw new InputException(
            "%s has no tap '%s', where an adapter for %s belongs; choose another position"
                .formatted(backbone.id(), role, position));
      }
      for (TapSite tap : taps) {
        requireWidth(tap, bottleneck);
        points.add(new InsertionPoint(tap, position, input(backbone, tap, bottleneck, position)));
      }
    }
    return points.build();
  }

  /** Path of the block. */
  public String block() {
    String end = position.pathEnd(input.isEmpty() ? Insertion.SERIAL : Insertion.PARALLEL);
    String path = site.path();
    return path.endsWith(end)
        ? path.substring(0, path.length() - end.length())
        : "stage%d.block%d".formatted(site.place().stage(), site.place().block());
  }

  private static void requireWidth(TapSite tap, Bottleneck bottleneck) {
    if (bottleneck.width(tap) < 1) {
      throw new InputException(
          "reduction %d leaves nothing of the %d channels of site %s; at most %d"
              .formatted(bottleneck.reduction(), tap.width(), tap.path(), tap.width()));
    }
  }

  private static Optional<String> input(
      Backbone backbone, TapSite tap, Bottleneck bottleneck, Position position) {
    if (bottleneck.insertion() == Insertion.SERIAL) {
      return Optional.empty();
    }
    Place place = tap.place();
    Optional<String> found =
        position == Position.MLP
            ? backbone.places().entrySet().stream()
                .filter(e -> isIn(place, e.getValue()) && isRole(Role.RESIDUAL, e.getValue()))
                .map(Map.Entry::getKey)
                .findFirst()
            : backbone.sites().stream()
                .filter(s -> s instanceof AttentionSite && isIn(place, s.place()))
                .map(s -> ((AttentionSite) s).normIn())
                .findFirst();
    if (found.isEmpty()) {
      throw new InputException(
          "insertion parallel: %s does not say what enters the %s of site %s; choose serial"
              .formatted(backbone.id(), position, tap.path()));
    }
    return found;
  }

  private static boolean isIn(Place block, Place other) {
    return other.stage() == block.stage() && other.block() == block.block();
  }

  private static boolean isRole(String role, Place place) {
    return place.role().equals(role);
  }
}
