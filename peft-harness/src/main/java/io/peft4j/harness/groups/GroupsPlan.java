package io.peft4j.harness.groups;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.graph.Peft;
import io.peft4j.grouping.GroupsChoice;
import io.peft4j.grouping.Similarity;
import io.peft4j.grouping.StageCosts;
import io.peft4j.grouping.TaskGroups;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.run.BackboneSpec;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.MultiTaskModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Groups tasks by their similarities and counts what the groups cost. Everything that can be wrong
 * is found when the plan is made, before similarities are measured; nothing here needs weights.
 */
public final class GroupsPlan {
  /** The method whose groups these are, found like any other. */
  public static final String METHOD = "tglora";

  private final BackboneSpec spec;
  private final Backbone backbone;
  private final TaskSet tasks;
  private final DecoderChoice decoder;
  private final List<String> groups;
  private final Map<String, Double> budget;
  private final GroupsOptions options;
  private final GroupsCost oneGroup;

  /**
   * A plan.
   *
   * @param backbone the backbone; its weights are not read
   * @param groups as {@link GroupsChoice#groups}
   * @param budget as {@link GroupsChoice#budget}
   * @param options further options of the method; ranks that are not given are chosen so that they
   *     split over any groups
   * @throws InputException if something is unknown, out of range or does not fit
   */
  public GroupsPlan(
      BackboneSpec backbone,
      TaskSet tasks,
      DecoderChoice decoder,
      List<String> groups,
      Map<String, Double> budget,
      Map<String, String> options) {
    SimilaritySpec.requireSeveral(tasks);
    this.spec = backbone;
    this.backbone = decoder.on(backbone.shapesOnly());
    this.tasks = tasks;
    this.decoder = decoder;
    this.groups = List.copyOf(groups);
    this.budget = ImmutableMap.copyOf(budget);
    this.options = GroupsOptions.of(backbone.preset(), tasks.names().size(), options);
    this.oneGroup = count(one());
    // Whether they fit stages, tasks and budget does not depend on how similar tasks are.
    String anyGroups = groups(unrelated()).text();
    if (choice(unrelated()).isSpelled()) {
      count(anyGroups);
    }
  }

  /**
   * Checks that ranks which the user chose split over the groups, whichever are found.
   *
   * @throws InputException if one may not
   */
  public void requireAnySplit() {
    if (!choice(unrelated()).isSpelled()) {
      options.requireAnySplit(tasks.names().size());
    }
  }

  /**
   * The groups that follow from similarities, and their cost.
   *
   * @param similarity of the tasks of the plan
   * @param measured how it was measured; null if it was given
   * @throws InputException if ranks that the user chose cannot be split over these groups
   */
  public GroupsResult result(Similarity similarity, @Nullable SimilaritySpec measured) {
    TaskGroups found = groups(similarity);
    ImmutableLongArray macs = StageCosts.macs(backbone).perGroup();
    List<StageGroups> stages = new ArrayList<>();
    for (int s = 0; s < found.stages().size(); s++) {
      stages.add(StageGroups.of(s, found.stages().get(s), similarity, macs.get(s)));
    }
    return new GroupsResult(
        spec.preset(),
        spec.height() + "x" + spec.width(),
        tasks.text(),
        measured,
        GroupsResult.rows(similarity),
        withGroups(found.text()),
        stages,
        count(found.text()),
        oneGroup);
  }

  private TaskGroups groups(Similarity similarity) {
    return choice(similarity).of(backbone, tasks.names(), oneGroup.backboneTrainable());
  }

  private GroupsChoice choice(Similarity similarity) {
    return new GroupsChoice(groups, similarity.pairs(), budget);
  }

  private Similarity unrelated() {
    int n = tasks.names().size();
    return Similarity.of(tasks.names(), new double[n][n]);
  }

  private String one() {
    return String.join(",", Collections.nCopies(StageCosts.stages(backbone), "all"));
  }

  private Map<String, String> withGroups(String text) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("groups", text);
    all.putAll(options.values());
    return all;
  }

  private GroupsCost count(String text) {
    return GroupsCost.of(
        MultiTaskModel.withHeads(
            Peft.adapt(backbone, METHOD, withGroups(text), tasks.routed()),
            tasks,
            decoder.decoder(backbone)));
  }
}
