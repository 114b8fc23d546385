package io.peft4j.baselines.adalora;

import io.peft4j.api.method.OwnParameters;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Prunes the triplets of one adapted model to its budget (Zhang et al. 2023, algorithm 1).
 *
 * <p>A pruned singular value is set to zero, and may grow again until the next choice. What is
 * remembered from step to step lies in the model's buffers, so that a saved training goes on as if
 * it had not been interrupted.
 *
 * @param config smoothing and ranks
 * @param schedule how many triplets stay
 * @param branches adapted layers that share the budget
 */
record RankAllocator(AdaLoraConfig config, BudgetSchedule schedule, List<Branch> branches) {

  private record Triplet(INDArray pruned, int index, double score) {}

  /** After an optimizer step: takes its gradients in, and prunes where the schedule says so. */
  void afterStep(OwnParameters own, long step) {
    if (!schedule.isFixed(step)) {
      branches.forEach(branch -> update(branch, own));
      if (!schedule.chooses(step)) {
        return;
      }
      choose(own, schedule.start() - schedule.budget(step));
    }
    branches.forEach(branch -> prune(branch, own));
  }

  private void update(Branch branch, OwnParameters own) {
    for (String factor : Branch.FACTORS) {
      String name = branch.name(factor);
      Importance.of(branch, factor, own).update(own.get(name), own.gradient(name), config);
    }
  }

  /** Marks the least important triplets as pruned, and no others. */
  private void choose(OwnParameters own, int count) {
    List<Triplet> all = new ArrayList<>();
    for (Branch branch : branches) {
      INDArray pruned = own.buffer(branch.name(Branch.PRUNED));
      pruned.assign(0);
      INDArray scores =
          scores(branch, Branch.VALUES, own)
              .add(scores(branch, Branch.LEFT, own).mean(0))
              .add(scores(branch, Branch.RIGHT, own).mean(1));
      for (int i = 0; i < config.initialRank(); i++) {
        all.add(new Triplet(pruned, i, scores.getDouble(i)));
      }
    }
    all.stream()
        .sorted(Comparator.comparingDouble(Triplet::score))
        .limit(count)
        .forEach(t -> t.pruned().putScalar(t.index(), 1));
  }

  private static INDArray scores(Branch branch, String factor, OwnParameters own) {
    return Importance.of(branch, factor, own).scores();
  }

  private void prune(Branch branch, OwnParameters own) {
    INDArray pruned = own.buffer(branch.name(Branch.PRUNED));
    INDArray values = own.get(branch.name(Branch.VALUES));
    for (int i = 0; i < config.initialRank(); i++) {
      if (pruned.getDouble(i) != 0) {
        values.putScalar(i, 0);
      }
    }
  }
}
