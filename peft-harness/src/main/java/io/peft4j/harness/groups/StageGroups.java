package io.peft4j.harness.groups;

import com.google.common.collect.ImmutableList;
import io.peft4j.grouping.Partition;
import io.peft4j.grouping.PartitionScore;
import io.peft4j.grouping.Similarity;
import java.util.ArrayList;
import java.util.List;

/**
 * The task groups of a stage.
 *
 * @param stage the stage, from 0
 * @param groups the groups
 * @param score score of the partition (TGLoRA, eq. 6)
 * @param macsOfAGroup multiply-accumulates of the stage for one group, by the papers' convention
 * @param macs the same for all groups
 */
public record StageGroups(
    int stage, List<Group> groups, double score, long macsOfAGroup, long macs) {
  /** Copies the groups. */
  public StageGroups {
    groups = ImmutableList.copyOf(groups);
  }

  /**
   * A task group.
   *
   * @param tasks names
   * @param score its terms of eq. 6: the sum over its tasks of the mean similarity to the others; 0
   *     of a task alone
   */
  public record Group(List<String> tasks, double score) {
    /** Copies the names. */
    public Group {
      tasks = ImmutableList.copyOf(tasks);
    }
  }

  static StageGroups of(int stage, Partition partition, Similarity similarity, long macsOfAGroup) {
    List<Group> groups = new ArrayList<>();
    for (List<Integer> members : partition.groups()) {
      groups.add(
          new Group(
              members.stream().map(similarity.tasks()::get).toList(),
              PartitionScore.ofGroup(similarity, members)));
    }
    return new StageGroups(
        stage,
        groups,
        PartitionScore.of(similarity, partition),
        macsOfAGroup,
        groups.size() * macsOfAGroup);
  }
}
