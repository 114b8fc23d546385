package io.peft4j.baselines.adalora;

import io.peft4j.api.method.OwnParameters;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Prunes the triplets of one adapted model to its budget (Zhang et al. 2023, algorithm 1).
 *
 * <p>A pruned singular value is set to zero, and may grow again until the next choice. What it has
 * seen is part of a running training, not of a saved adapter: a training that is resumed starts to
 * smooth anew.
 */
final class RankAllocator {
  private final AdaLoraConfig config;
  private final BudgetSchedule schedule;
  private final List<Names> sites;
  private final Map<String, Importance> importance = new HashMap<>();
  private Set<Triplet> pruned = Set.of();

  /**
   * Names of a site's arrays.
   *
   * @param left P, {@code [out, r]}
   * @param values Λ, {@code [r]}
   * @param right Q, {@code [r, in]}
   */
  record Names(String left, String values, String right) {}

  private record Triplet(String values, int index) {}

  private record Scored(Triplet triplet, double score) {}

  RankAllocator(AdaLoraConfig config, List<Names> sites) {
    this.config = config;
    this.sites = List.copyOf(sites);
    this.schedule =
        new BudgetSchedule(
            config.initialRank() * sites.size(), config.targetRank() * sites.size(), config);
  }

  /** After an optimizer step: takes its gradients in, and prunes where the schedule says so. */
  void afterStep(OwnParameters own, long step) {
    if (!schedule.isFixed(step)) {
      for (Names names : sites) {
        for (String name : List.of(names.left(), names.values(), names.right())) {
          importance
              .computeIfAbsent(name, n -> new Importance(own.get(n)))
              .update(own.get(name), own.gradient(name), config);
        }
      }
      if (!schedule.chooses(step)) {
        return;
      }
      pruned = leastImportant(schedule.start() - schedule.budget(step));
    }
    pruned.forEach(t -> own.get(t.values()).putScalar(t.index(), 0));
  }

  private Set<Triplet> leastImportant(int count) {
    List<Scored> all = new ArrayList<>();
    for (Names names : sites) {
      INDArray scores =
          importance
              .get(names.values())
              .scores()
              .add(importance.get(names.left()).scores().mean(0))
              .add(importance.get(names.right()).scores().mean(1));
      for (int i = 0; i < config.initialRank(); i++) {
        all.add(new Scored(new Triplet(names.values(), i), scores.getDouble(i)));
      }
    }
    Set<Triplet> least = new HashSet<>();
    all.stream()
        .sorted(Comparator.comparingDouble(Scored::score))
        .limit(count)
        .forEach(s -> least.add(s.triplet()));
    return least;
  }
}
