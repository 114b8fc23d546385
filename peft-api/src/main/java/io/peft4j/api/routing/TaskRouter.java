package io.peft4j.api.routing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Place;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Decides which stream computes a place for a consumer on a given stream.
 *
 * <p>Laws: pure; the shared stream is always answered by itself; idempotent (routing the answer
 * again gives the answer). A router that answers SHARED ends a task's branch there.
 *
 * <p>Safe for use by several threads. What it answers depends on what it is asked alone.
 */
@FunctionalInterface
public interface TaskRouter {
  /** The stream that computes {@code place} for a consumer on {@code demanded}. */
  Stream route(Place place, Stream demanded);

  /** One stream for all tasks. */
  static TaskRouter shared() {
    return (place, demanded) -> Stream.SHARED;
  }

  /** One stream per task everywhere: as many models as tasks. */
  static TaskRouter perTask() {
    return (place, demanded) -> demanded;
  }

  /**
   * One stream per group of tasks, stage by stage (TGLoRA).
   *
   * @param partitions for each stage a partition of the tasks; each refines the one before
   * @throws InputException if a partition is not one, or does not refine its predecessor
   */
  static TaskRouter grouped(List<? extends Collection<? extends Set<String>>> partitions) {
    List<List<Stream>> stages =
        partitions.stream()
            .map(p -> (List<Stream>) ImmutableList.copyOf(p.stream().map(Stream::ofGroup).toList()))
            .toList();
    checkRefinement(stages);
    return (place, demanded) -> {
      if (demanded.isShared()) {
        return demanded;
      }
      if (place.stage() >= stages.size()) {
        throw new InputException(
            "task groups are given for %d stages, but the backbone has a stage %d"
                .formatted(stages.size(), place.stage()));
      }
      return stages.get(place.stage()).stream()
          .filter(s -> s.tasks().containsAll(demanded.tasks()))
          .findFirst()
          .orElseThrow(
              () ->
                  new InputException(
                      "no task group of stage %d holds %s"
                          .formatted(place.stage(), demanded.tasks())));
    };
  }

  private static void checkRefinement(List<List<Stream>> stages) {
    Set<String> all = Set.of();
    for (int i = 0; i < stages.size(); i++) {
      List<String> names = stages.get(i).stream().flatMap(s -> s.tasks().stream()).toList();
      Set<String> tasks = ImmutableSet.copyOf(names);
      if (tasks.size() != names.size()) {
        throw new InputException("stage %d: a task is in two groups: %s".formatted(i, names));
      }
      if (i == 0) {
        all = tasks;
        continue;
      }
      if (!tasks.equals(all)) {
        throw new InputException(
            "stage %d groups the tasks %s, the stages before it %s".formatted(i, tasks, all));
      }
      List<Stream> before = stages.get(i - 1);
      for (Stream group : stages.get(i)) {
        if (before.stream().noneMatch(b -> b.tasks().containsAll(group.tasks()))) {
          throw new InputException(
              "stage %d: group %s merges groups of stage %d; groups may only split with depth"
                  .formatted(i, group.tasks(), i - 1));
        }
      }
    }
  }
}
