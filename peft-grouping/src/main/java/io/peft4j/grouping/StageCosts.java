package io.peft4j.grouping;

import com.google.common.primitives.ImmutableLongArray;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Site;

/** Multiply-accumulates of each stage of a backbone by the papers' convention. */
public final class StageCosts {
  private StageCosts() {}

  /** Number of stages. */
  public static int stages(Backbone backbone) {
    return 1 + backbone.places().values().stream().mapToInt(Place::stage).max().orElse(0);
  }

  /** A budget of {@code macs.convention} without decoders: every group pays its whole stage. */
  public static GroupBudget macs(Backbone backbone) {
    long[] perGroup = new long[stages(backbone)];
    for (Cost cost : backbone.costs().values()) {
      if (cost.kind() != Cost.Kind.ATTENTION_PRODUCT) {
        perGroup[place(backbone, cost.variable()).stage()] += cost.macs();
      }
    }
    return new GroupBudget(0, ImmutableLongArray.copyOf(perGroup));
  }

  /** The place of a value, or of a site in the module that computes it (a softmax in attention). */
  private static Place place(Backbone backbone, String variable) {
    Place own = backbone.places().get(variable);
    if (own != null) {
      return own;
    }
    String module = variable.substring(0, variable.lastIndexOf('.') + 1);
    return backbone.sites().stream()
        .filter(site -> site.path().startsWith(module))
        .findFirst()
        .map(Site::place)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "backbone %s: %s has no place, nor has its module a site"
                        .formatted(backbone.id(), variable)));
  }
}
