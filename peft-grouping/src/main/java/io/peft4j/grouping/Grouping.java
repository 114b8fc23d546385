package io.peft4j.grouping;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;

/**
 * Partitions of the stages of a backbone from numbers of groups (TGLoRA, section 3.3): the last
 * stage first, then merged towards the input, so that groups only split with depth.
 */
public final class Grouping {
  /** Up to this many tasks the finest partition is the optimum. */
  public static final int EXACT_TASKS = 10;

  private Grouping() {}

  /** The partition of the last stage: the optimum, or beyond {@link #EXACT_TASKS} a good one. */
  public static Partition finest(Similarity similarity, int groups) {
    if (groups == similarity.size()) {
      return Partition.singletons(groups);
    }
    return similarity.size() <= EXACT_TASKS
        ? BranchAndBound.best(similarity, groups)
        : ApproximateGrouping.of(similarity, groups);
  }

  /**
   * A partition for each stage.
   *
   * @param counts numbers of groups, none smaller than the one before, at most one per task
   */
  public static List<Partition> stages(Similarity similarity, List<Integer> counts) {
    requireCounts(similarity.size(), counts);
    List<Partition> chain =
        GroupMerging.chain(similarity, finest(similarity, counts.get(counts.size() - 1)));
    return counts.stream().map(c -> chain.get(c - 1)).toList();
  }

  /** As {@link #stages(Similarity, List)} where nothing is known, by {@link #inOrder}. */
  public static List<Partition> stagesInOrder(int tasks, List<Integer> counts) {
    requireCounts(tasks, counts);
    return counts.stream().map(c -> inOrder(tasks, c)).toList();
  }

  /**
   * The grouping that needs no similarity: from one group of all tasks the largest group, the first
   * of several, is cut in two until there are enough; its first half is the larger one. Of tasks a,
   * b, c, d: {@code abcd}, {@code ab cd}, {@code a b cd}, {@code a b c d}.
   */
  public static Partition inOrder(int tasks, int groups) {
    List<List<Integer>> current = new ArrayList<>(Partition.whole(tasks).groups());
    while (current.size() < groups) {
      int largest = 0;
      for (int g = 1; g < current.size(); g++) {
        largest = current.get(g).size() > current.get(largest).size() ? g : largest;
      }
      List<Integer> group = current.remove(largest);
      int half = (group.size() + 1) / 2;
      current.add(largest, group.subList(half, group.size()));
      current.add(largest, group.subList(0, half));
    }
    return new Partition(current);
  }

  /**
   * Numbers of groups that grow evenly from one for all tasks to one per task, rounded down: with
   * four stages the paper's 1, 2, 3, 4 for four tasks and 1, 1, 2, 3 for three (section 4.3).
   */
  public static List<Integer> progressive(int tasks, int stages) {
    ImmutableList.Builder<Integer> counts = ImmutableList.builder();
    for (int s = 0; s < stages; s++) {
      counts.add(stages == 1 ? tasks : 1 + (tasks - 1) * s / (stages - 1));
    }
    return counts.build();
  }

  private static void requireCounts(int tasks, List<Integer> counts) {
    int before = 1;
    for (int count : counts) {
      if (count < before || count > tasks) {
        throw new IllegalArgumentException(
            "%s groups of %d tasks: counts must not fall and be at most one per task"
                .formatted(counts, tasks));
      }
      before = count;
    }
  }
}
