package io.peft4j.grouping;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.TaskRouter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The task groups of each stage (TGLoRA, section 3): a tree that only splits with depth.
 *
 * <p>A stage with one group of all tasks runs on the shared stream, so that TGLoRA with one group
 * everywhere has the graph and the parameter names of LoRA (section 3.2).
 *
 * @param tasks names of the tasks; their order gives the indices in the partitions
 * @param stages the partition of each stage
 */
public record TaskGroups(List<String> tasks, List<Partition> stages) {
  /** Checks that each stage refines the one before it. */
  public TaskGroups {
    tasks = ImmutableList.copyOf(tasks);
    stages = ImmutableList.copyOf(stages);
    for (int s = 1; s < stages.size(); s++) {
      requireRefined(tasks, stages, s);
    }
  }

  /**
   * Groups that are spelled out.
   *
   * @throws InputException if a task is unknown, in two groups of a stage or in none, or if groups
   *     of a stage merge again
   */
  public static TaskGroups spelled(List<String> tasks, List<List<List<String>>> stages) {
    List<Partition> partitions = new ArrayList<>();
    for (int s = 0; s < stages.size(); s++) {
      partitions.add(partition(tasks, s, stages.get(s)));
    }
    return new TaskGroups(tasks, partitions);
  }

  /** One stream per group; the shared stream where all tasks are one group. */
  public TaskRouter router() {
    List<Map<String, Stream>> byTask = new ArrayList<>();
    for (Partition stage : stages) {
      Map<String, Stream> streams = new HashMap<>();
      for (List<Integer> group : stage.groups()) {
        List<String> members = names(tasks, group);
        Stream stream = stage.size() == 1 ? Stream.SHARED : Stream.ofGroup(members);
        members.forEach(task -> streams.put(task, stream));
      }
      byTask.add(streams);
    }
    // demands come from deeper stages, whose groups lie within those of this one
    return (place, demanded) ->
        demanded.isShared() ? demanded : byTask.get(place.stage()).get(demanded.tasks().first());
  }

  /** Partition of the stage of a place. */
  public Partition at(Place place) {
    return stages.get(place.stage());
  }

  /** Number of tasks that a stream serves. */
  public int tasksOf(Stream stream) {
    return stream.isShared() ? tasks.size() : stream.tasks().size();
  }

  /** Names of the tasks in each group of a stage. */
  public List<List<String>> names(int stage) {
    return stages.get(stage).groups().stream().map(group -> names(tasks, group)).toList();
  }

  /** The groups as the option {@code groups} spells them, see {@link GroupsChoice}. */
  public String text() {
    return stages.stream().map(this::text).collect(Collectors.joining(","));
  }

  private String text(Partition stage) {
    if (stage.size() == 1) {
      return GroupsText.ALL;
    }
    return stage.size() == tasks.size()
        ? GroupsText.EACH
        : stage.groups().stream().map(g -> text(tasks, g)).collect(Collectors.joining("/"));
  }

  /** A group as the option spells it. */
  public static String text(List<String> tasks, List<Integer> group) {
    return String.join("+", names(tasks, group));
  }

  private static List<String> names(List<String> tasks, List<Integer> group) {
    return group.stream().map(tasks::get).toList();
  }

  private static Partition partition(List<String> tasks, int stage, List<List<String>> groups) {
    if (groups.equals(List.of(List.of(GroupsText.ALL)))) {
      return Partition.whole(tasks.size());
    }
    if (groups.equals(List.of(List.of(GroupsText.EACH)))) {
      return Partition.singletons(tasks.size());
    }
    int[] label = new int[tasks.size()];
    for (int g = 0; g < groups.size(); g++) {
      for (String name : groups.get(g)) {
        int task = tasks.indexOf(name);
        if (task < 0) {
          throw new InputException(
              "groups of stage %d: no task '%s'%s"
                  .formatted(stage, name, NearestName.hint(name, tasks)));
        }
        if (label[task] > 0) {
          throw new InputException(
              "groups of stage %d: task %s is named twice; a task is in one group"
                  .formatted(stage, name));
        }
        label[task] = g + 1;
      }
    }
    for (int t = 0; t < label.length; t++) {
      if (label[t] == 0) {
        throw new InputException(
            "groups of stage %d: task %s is in no group; add it to one, or as /%s"
                .formatted(stage, tasks.get(t), tasks.get(t)));
      }
    }
    return Partition.ofLabels(label);
  }

  private static void requireRefined(List<String> tasks, List<Partition> stages, int s) {
    Partition before = stages.get(s - 1);
    for (List<Integer> group : stages.get(s).groups()) {
      if (before.groups().stream().noneMatch(b -> b.containsAll(group))) {
        throw new InputException(
            "groups of stage %d: %s merges tasks that stage %d has apart; groups may only split"
                    .formatted(s, text(tasks, group), s - 1)
                + " with depth");
      }
    }
  }
}
