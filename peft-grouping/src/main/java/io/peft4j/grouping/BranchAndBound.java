package io.peft4j.grouping;

import java.util.Arrays;

/**
 * The best partition of the finest shared layer, by branch and bound over set partitions (TGLoRA,
 * section 3.3).
 *
 * <p>Tasks are placed one by one into a group that exists or the next new one. The bound lets every
 * task choose on its own the best mates among those placed with it and those not placed yet, which
 * no completion can exceed. Among equal scores the first in this order wins, so the result is
 * deterministic.
 */
public final class BranchAndBound {
  private final Similarity similarity;
  private final int n;
  private final int groups;
  private final int[] label;
  private final int[] size;
  private final int[] bestLabel;
  private double best = Double.NEGATIVE_INFINITY;

  private BranchAndBound(Similarity similarity, int groups) {
    this.similarity = similarity;
    this.n = similarity.size();
    this.groups = groups;
    this.label = new int[n];
    this.size = new int[groups];
    this.bestLabel = new int[n];
  }

  /**
   * The partition into exactly {@code groups} groups with the highest score (eq. 6).
   *
   * @param groups from 1 to the number of tasks
   */
  public static Partition best(Similarity similarity, int groups) {
    if (groups < 1 || groups > similarity.size()) {
      throw new IllegalArgumentException(
          "%d groups of %d tasks".formatted(groups, similarity.size()));
    }
    BranchAndBound search = new BranchAndBound(similarity, groups);
    search.place(0, 0);
    return Partition.ofLabels(search.bestLabel);
  }

  private void place(int task, int open) {
    if (task == n) {
      double score = PartitionScore.of(similarity, Partition.ofLabels(label));
      if (score > best + GroupMerging.EQUAL) {
        best = score;
        System.arraycopy(label, 0, bestLabel, 0, n);
      }
      return;
    }
    // the tasks that are left must be able to open the groups that are missing
    int first = n - task == groups - open ? open : 0;
    for (int g = first; g <= Math.min(open, groups - 1); g++) {
      label[task] = g;
      size[g]++;
      if (bound(task + 1) > best + GroupMerging.EQUAL) {
        place(task + 1, Math.max(open, g + 1));
      }
      size[g]--;
    }
  }

  /** What the tasks can reach at most when tasks below {@code placed} are in their groups. */
  private double bound(int placed) {
    double sum = 0;
    for (int task = 0; task < n; task++) {
      double[] free = free(task, placed);
      if (task < placed) {
        sum += bestMean(links(task, label[task], placed), size[label[task]] - 1, free);
        continue;
      }
      double most = bestMean(0, 0, free);
      for (int g = 0; g < groups; g++) {
        if (size[g] > 0) {
          most = Math.max(most, bestMean(links(task, g, placed), size[g], free));
        }
      }
      sum += most;
    }
    return sum;
  }

  /** Similarities to tasks that are not placed, ascending. */
  private double[] free(int task, int placed) {
    double[] free = new double[n - placed - (task >= placed ? 1 : 0)];
    int i = 0;
    for (int other = placed; other < n; other++) {
      if (other != task) {
        free[i++] = similarity.between(task, other);
      }
    }
    Arrays.sort(free);
    return free;
  }

  /** The best mean over certain mates and any number of free ones; 0 for none at all. */
  private static double bestMean(double certain, int mates, double[] free) {
    double most = mates == 0 ? 0 : certain / mates;
    double sum = certain;
    for (int i = free.length - 1; i >= 0; i--) {
      sum += free[i];
      most = Math.max(most, sum / (mates + free.length - i));
    }
    return most;
  }

  private double links(int task, int group, int placed) {
    double sum = 0;
    for (int other = 0; other < placed; other++) {
      sum += other != task && label[other] == group ? similarity.between(task, other) : 0;
    }
    return sum;
  }
}
