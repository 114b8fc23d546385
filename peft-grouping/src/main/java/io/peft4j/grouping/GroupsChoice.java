package io.peft4j.grouping;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import java.util.List;
import java.util.Map;

/**
 * What a user says of task groups, and the groups that follow for a backbone and tasks.
 *
 * <p>{@code groups} has one element a stage:
 *
 * <ul>
 *   <li>{@code 1,2,3,4}: numbers of groups; which tasks share follows from the similarity ({@link
 *       Grouping#stages}) or, where none is given, from the order of the tasks ({@link
 *       Grouping#inOrder});
 *   <li>{@code all,semseg+human_parts/sal+normals,each}: groups spelled out, {@code +} between the
 *       tasks of a group, {@code /} between groups; {@code all} is one group of all tasks, {@code
 *       each} one per task;
 *   <li>{@code progressive} alone: numbers that grow evenly from 1 to one group per task;
 *   <li>{@code auto} alone: the best numbers within a budget ({@link GroupBudget}).
 * </ul>
 *
 * @param groups one of these forms
 * @param similarity similarity of tasks by pair, {@code semseg+sal}; may be empty but for {@code
 *     auto}
 * @param budget for {@code auto} alone: {@code macs} or {@code params}, see {@link Budget}
 */
public record GroupsChoice(
    List<String> groups, Map<String, Double> similarity, Map<String, Double> budget) {
  /** Checks the form, and that what belongs together is given together. */
  public GroupsChoice {
    groups = ImmutableList.copyOf(groups);
    similarity = ImmutableMap.copyOf(similarity);
    budget = ImmutableMap.copyOf(budget);
    Budget.of(budget);
    GroupsText text = GroupsText.parse(groups);
    if (text.isAuto() && (similarity.isEmpty() || budget.isEmpty())) {
      throw new InputException(
          "groups=auto needs similarity (or similarityFile) and budget, such as budget=macs=4e10");
    }
    if (!text.isAuto() && !budget.isEmpty()) {
      throw new InputException("budget is for groups=auto; drop it, or set groups=auto");
    }
  }

  /** True if the groups are spelled out, so that no similarity changes them. */
  public boolean isSpelled() {
    return GroupsText.parse(groups).spelled().isPresent();
  }

  /**
   * The groups.
   *
   * @param params numbers trained in the backbone, which do not depend on groups
   * @throws InputException if they do not fit the stages or tasks, or nothing fits the budget
   */
  public TaskGroups of(Backbone backbone, List<String> tasks, long params) {
    int stages = StageCosts.stages(backbone);
    GroupsText text = GroupsText.parse(groups);
    if (text.spelled().isPresent()) {
      requireStages(text.spelled().get(), backbone, stages);
      return TaskGroups.spelled(tasks, text.spelled().get());
    }
    if (text.isAuto()) {
      Similarity known = Similarity.ofPairs(tasks, similarity);
      return new TaskGroups(
          tasks, Grouping.stages(known, automatic(backbone, known, params).counts()));
    }
    List<Integer> counts =
        text.counts().orElseGet(() -> Grouping.progressive(tasks.size(), stages));
    requireStages(counts, backbone, stages);
    requireTasks(counts, tasks);
    List<Partition> partitions =
        similarity.isEmpty()
            ? Grouping.stagesInOrder(tasks.size(), counts)
            : Grouping.stages(Similarity.ofPairs(tasks, similarity), counts);
    return new TaskGroups(tasks, partitions);
  }

  private GroupBudget.Choice automatic(Backbone backbone, Similarity known, long params) {
    Budget limit = Budget.of(budget).orElseThrow();
    boolean isMacs = limit.what().equals(Budget.MACS);
    GroupBudget costs =
        isMacs
            ? StageCosts.macs(backbone)
            : new GroupBudget(
                params, ImmutableLongArray.copyOf(new long[StageCosts.stages(backbone)]));
    return costs
        .choose(known, limit.most())
        .orElseThrow(
            () ->
                new InputException(
                    "budget %s=%.0f: one group in every stage of %s costs %d already; %s"
                        .formatted(
                            limit.what(),
                            limit.most(),
                            backbone.id(),
                            costs.least(),
                            isMacs ? "raise the budget" : "lower the ranks or unfreeze less")));
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
