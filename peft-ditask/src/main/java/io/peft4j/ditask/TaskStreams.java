package io.peft4j.ditask;

import com.google.common.collect.ImmutableSet;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.TaskRouter;
import java.util.List;

/**
 * Task streams of half a block: in the last block of a stage they begin at the output projection of
 * the attention, whose input all tasks share, run through the MLP and the merging, and end in the
 * features of the stage. Only the shared stream goes on to the next stage.
 *
 * <p>The flow is MTLoRA's, whose backbone the release builds on (its own file is not released; the
 * flow is inferred from the constructor arguments and reaches the paper's counts). A stage of one
 * block has no shared value between two features, so there the task streams go on.
 *
 * @param stages stages that have task streams
 */
record TaskStreams(ImmutableSet<Integer> stages) implements TaskRouter {
  private static final ImmutableSet<String> ROLES =
      ImmutableSet.of(Role.ATTN_PROJ, Role.MLP_FC1, Role.MLP_FC2);

  /** Streams in the stages where a task transforms one of these sites. */
  static TaskStreams of(List<LinearSite> sites) {
    return new TaskStreams(
        sites.stream()
            .filter(TaskStreams::isTaskSite)
            .map(s -> s.place().stage())
            .collect(ImmutableSet.toImmutableSet()));
  }

  /** True where a task has a transformation of its own. */
  static boolean isTaskSite(LinearSite site) {
    return site.place().isLastBlock() && ROLES.contains(site.place().role());
  }

  @Override
  public Stream route(Place place, Stream demanded) {
    return stages.contains(place.stage()) && isOnTask(place) ? demanded : Stream.SHARED;
  }

  private static boolean isOnTask(Place place) {
    if (place.block() < 0) {
      return !place.isPatchEmbedding();
    }
    return place.isLastBlock() && !comesBeforeProjection(place);
  }

  private static boolean comesBeforeProjection(Place place) {
    String role = place.role();
    boolean attention = place.isIn("attn");
    boolean projected = role.equals(Role.ATTN_PROJ) || role.equals(Role.ATTN_OUT);
    return role.equals(Role.NORM1) || attention && !projected;
  }
}
