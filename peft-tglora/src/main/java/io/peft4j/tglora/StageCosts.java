package io.peft4j.tglora;

import com.google.common.primitives.ImmutableLongArray;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.Place;
import io.peft4j.tglora.grouping.GroupBudget;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.nd4j.autodiff.samediff.SameDiff;

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

  /** The place of a value, or of the first placed one that is computed from it. */
  private static Place place(Backbone backbone, String variable) {
    SameDiff graph = backbone.graph();
    Set<String> seen = new HashSet<>(List.of(variable));
    Deque<String> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      String name = open.remove();
      Place place = backbone.places().get(name);
      if (place != null) {
        return place;
      }
      List<String> readers =
          Objects.requireNonNullElse(
              graph.getVariables().get(name).getInputsForOp(), List.<String>of());
      for (String op : readers) {
        graph.getOps().get(op).getOutputsOfOp().stream().filter(seen::add).forEach(open::add);
      }
    }
    throw new IllegalArgumentException(
        "backbone %s: nothing that is computed from %s has a place"
            .formatted(backbone.id(), variable));
  }
}
