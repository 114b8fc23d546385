package io.peft4j.grouping;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A partition of the tasks {@code 0 … n-1} (TGLoRA, section 3.3).
 *
 * <p>The form is canonical: tasks ascend in a group, groups ascend by their first task. Equal
 * partitions are equal records.
 *
 * @param groups the groups, none empty, each task in exactly one
 */
public record Partition(List<List<Integer>> groups) {
  /** Sorts, and checks that every task is in exactly one group. */
  public Partition {
    groups =
        groups.stream()
            .map(g -> (List<Integer>) ImmutableList.copyOf(g.stream().sorted().toList()))
            .peek(Partition::requireMember)
            .sorted(Comparator.comparing(g -> g.get(0)))
            .collect(ImmutableList.toImmutableList());
    List<Integer> tasks = groups.stream().flatMap(List::stream).sorted().toList();
    if (tasks.isEmpty() || !tasks.equals(IntStream.range(0, tasks.size()).boxed().toList())) {
      throw new IllegalArgumentException(
          groups + " is no partition: each task from 0 on must be in exactly one group");
    }
  }

  /** One group of all tasks. */
  public static Partition whole(int tasks) {
    return new Partition(List.of(IntStream.range(0, tasks).boxed().toList()));
  }

  /** A group for each task. */
  public static Partition singletons(int tasks) {
    return new Partition(IntStream.range(0, tasks).mapToObj(List::of).toList());
  }

  /** The partition in which {@code labels[t]} says the group of task t; any numbers serve. */
  public static Partition ofLabels(int... labels) {
    List<List<Integer>> groups = new ArrayList<>();
    for (int label : IntStream.of(labels).distinct().toArray()) {
      groups.add(
          IntStream.range(0, labels.length).filter(t -> labels[t] == label).boxed().toList());
    }
    return new Partition(groups);
  }

  /** Number of groups. */
  public int size() {
    return groups.size();
  }

  /** Number of tasks. */
  public int tasks() {
    return groups.stream().mapToInt(List::size).sum();
  }

  /** True if every group lies in a group of {@code coarser}. */
  public boolean refines(Partition coarser) {
    return groups.stream().allMatch(g -> coarser.groups.stream().anyMatch(c -> c.containsAll(g)));
  }

  /** The partition in which groups {@code a} and {@code b}, by index, are one. */
  public Partition merged(int a, int b) {
    List<List<Integer>> next = new ArrayList<>();
    List<Integer> union = new ArrayList<>();
    for (int i = 0; i < groups.size(); i++) {
      if (i == a || i == b) {
        union.addAll(groups.get(i));
      } else {
        next.add(groups.get(i));
      }
    }
    next.add(union);
    return new Partition(next);
  }

  private static void requireMember(List<Integer> group) {
    if (group.isEmpty()) {
      throw new IllegalArgumentException("a group of a partition has no task");
    }
  }
}
