package io.peft4j.tglora;

import com.google.common.primitives.ImmutableLongArray;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.tglora.grouping.GroupBudget;
import io.peft4j.tglora.grouping.Grouping;
import io.peft4j.tglora.grouping.Partition;
import io.peft4j.tglora.grouping.Similarity;
import java.util.List;
import java.util.Map;

/** Turns the option {@code groups} into task groups of a backbone and tasks. */
final class GroupsChoice {
  private GroupsChoice() {}

  /**
   * The groups.
   *
   * @param params numbers trained in the backbone, which do not depend on groups
   * @throws InputException if they do not fit the stages or tasks, or nothing fits the budget
   */
  static TaskGroups of(TgloraConfig config, Backbone backbone, List<String> tasks, long params) {
    int stages = StageCosts.stages(backbone);
    GroupsText text = GroupsText.parse(config.groups());
    if (text.spelled().isPresent()) {
      requireStages(text.spelled().get(), backbone, stages);
      return TaskGroups.spelled(tasks, text.spelled().get());
    }
    if (text.isAuto()) {
      Similarity similarity = Similarity.ofPairs(tasks, config.similarity());
      List<Integer> counts = automatic(config.budget(), backbone, similarity, params);
      return new TaskGroups(tasks, Grouping.stages(similarity, counts));
    }
    List<Integer> counts =
        text.counts().orElseGet(() -> Grouping.progressive(tasks.size(), stages));
    requireStages(counts, backbone, stages);
    requireTasks(counts, tasks);
    List<Partition> partitions =
        config.similarity().isEmpty()
            ? Grouping.stagesInOrder(tasks.size(), counts)
            : Grouping.stages(Similarity.ofPairs(tasks, config.similarity()), counts);
    return new TaskGroups(tasks, partitions);
  }

  private static List<Integer> automatic(
      Map<String, Double> budget, Backbone backbone, Similarity similarity, long params) {
    String what = budget.keySet().iterator().next();
    double most = budget.get(what);
    GroupBudget costs =
        what.equals("macs")
            ? StageCosts.macs(backbone)
            : new GroupBudget(
                params, ImmutableLongArray.copyOf(new long[StageCosts.stages(backbone)]));
    return costs
        .choose(similarity, most)
        .orElseThrow(
            () ->
                new InputException(
                    "budget %s=%.0f: one group in every stage of %s costs %d already; %s"
                        .formatted(
                            what,
                            most,
                            backbone.id(),
                            costs.least(),
                            what.equals("macs")
                                ? "raise the budget"
                                : "lower rank, lastStageRank or unfreeze less")))
        .counts();
  }

  private static void requireStages(List<?> given, Backbone backbone, int stages) {
    if (given.size() != stages) {
      throw new InputException(
          "groups are given for %d stages, but %s has %d"
              .formatted(given.size(), backbone.id(), stages));
    }
  }

  private static void requireTasks(List<Integer> counts, List<String> tasks) {
    int last = counts.get(counts.size() - 1);
    if (last > tasks.size()) {
      throw new InputException(
          "groups %s: %d groups need as many tasks, but there are %d: %s"
              .formatted(counts, last, tasks.size(), String.join(", ", tasks)));
    }
  }
}
