package io.peft4j.tglora;

import com.google.common.primitives.ImmutableLongArray;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Site;
import io.peft4j.tglora.grouping.GroupBudget;

/** Multiply-accumulates of each stage of a backbone by the papers' convention. */
final class StageCosts {
  private StageCosts() {}

  /** Number of stages. */
  static int stages(Backbone backbone) {
    return 1 + backbone.places().values().stream().mapToInt(Place::stage).max().orElse(0);
  }

  /** A budget of {@code macs.convention} without decoders: every group pays its whole stage. */
  static GroupBudget macs(Backbone backbone) {
    long[] perGroup = new long[stages(backbone)];
    for (Cost cost : backbone.costs().values()) {
      if (cost.kind() != Cost.Kind.ATTENTION_PRODUCT) {
        perGroup[place(backbone, cost.variable()).stage()] += cost.macs();
      }
    }
    return new GroupBudget(0, ImmutableLongArray.copyOf(perGroup));
  }

  /** The place of a value, or of the site that it is computed in (the softmax of attention). */
  private static Place place(Backbone backbone, String variable) {
    Place own = backbone.places().get(variable);
    if (own != null) {
      return own;
    }
    return backbone.sites().stream()
        .filter(site -> variable.startsWith(site.path() + "."))
        .findFirst()
        .map(Site::place)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "backbone %s: %s has no place, nor any site that it is in"
                        .formatted(backbone.id(), variable)));
  }
}
