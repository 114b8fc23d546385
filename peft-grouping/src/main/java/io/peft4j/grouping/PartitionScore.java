package io.peft4j.grouping;

import java.util.List;

/** How well tasks fit their groups (TGLoRA, section 3.3). */
public final class PartitionScore {
  private PartitionScore() {}

  /** Eq. 5: mean similarity of a task to the other members of its group; 0 if it is alone. */
  public static double ofTask(Similarity similarity, int task, List<Integer> group) {
    if (group.size() == 1) {
      return 0;
    }
    double sum = 0;
    for (int other : group) {
      sum += other == task ? 0 : similarity.between(task, other);
    }
    return sum / (group.size() - 1);
  }

  /** The terms of one group in eq. 6. */
  public static double ofGroup(Similarity similarity, List<Integer> group) {
    return group.stream().mapToDouble(t -> ofTask(similarity, t, group)).sum();
  }

  /** Eq. 6: sum over all tasks; higher is better. */
  public static double of(Similarity similarity, Partition partition) {
    return partition.groups().stream().mapToDouble(g -> ofGroup(similarity, g)).sum();
  }
}
