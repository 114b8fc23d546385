package io.peft4j.tglora;

import com.google.common.math.IntMath;
import io.peft4j.api.InputException;
import io.peft4j.grouping.Partition;
import io.peft4j.grouping.TaskGroups;
import java.util.List;

/**
 * The ranks of a layer's groups: of a combined rank r a group of m of n tasks has {@code r·m/n}, so
 * that a layer has as many parameters as LoRA of rank r, whatever its groups.
 *
 * @param rank combined rank
 * @param tasks number of tasks n
 */
record RankSplit(int rank, int tasks) {
  /**
   * The split of a rank over the groups of a stage.
   *
   * @param option name of the option that gives the rank
   * @throws InputException if a group's share is not a whole number
   */
  static RankSplit of(String option, int rank, TaskGroups groups, int stage) {
    Partition partition = groups.stages().get(stage);
    int tasks = partition.tasks();
    int multiple = 1;
    for (List<Integer> group : partition.groups()) {
      int needed = tasks / IntMath.gcd(tasks, group.size());
      multiple = multiple / IntMath.gcd(multiple, needed) * needed;
    }
    for (List<Integer> group : partition.groups()) {
      if ((long) rank * group.size() % tasks != 0) {
        int below = rank / multiple * multiple;
        throw new InputException(
            "%s %d cannot be split over the groups of stage %d by their tasks: %s, %d of %d tasks,"
                    .formatted(
                        option,
                        rank,
                        stage,
                        TaskGroups.text(groups.tasks(), group),
                        group.size(),
                        tasks)
                + " would get %.2f; set %s to a multiple of %d, such as %d"
                    .formatted(
                        (double) rank * group.size() / tasks,
                        option,
                        multiple,
                        below == 0 ? multiple : below));
      }
    }
    return new RankSplit(rank, tasks);
  }

  /** Rank of a group of {@code members} tasks. */
  int of(int members) {
    return Math.toIntExact((long) rank * members / tasks);
  }
}
