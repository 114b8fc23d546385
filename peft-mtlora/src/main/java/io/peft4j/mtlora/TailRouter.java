package io.peft4j.mtlora;

import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.TaskRouter;

/**
 * Streams of tasks live in the tail of a stage: from the first task-specific layer of its last
 * block, through the merging, to the stage's feature. Everything else is shared.
 *
 * @param first the first layer in which tasks have pairs of their own
 */
record TailRouter(Layer first) implements TaskRouter {
  @Override
  public Stream route(Place place, Stream demanded) {
    return isTail(place) ? demanded : Stream.SHARED;
  }

  private boolean isTail(Place place) {
    if (place.block() < 0) {
      // merging, features, and whatever else a backbone puts behind its blocks
      return !place.isPatchEmbedding();
    }
    return place.isLastBlock()
        && switch (place.role()) {
          case Role.ATTN_PROJ, Role.ATTN_OUT, Role.RESIDUAL, Role.NORM2 -> begins(Layer.PROJ);
          case Role.MLP_FC2, Role.MLP_OUT, Role.BLOCK_OUT -> begins(Layer.FC2);
          default -> place.isIn("mlp") && begins(Layer.FC1);
        };
  }

  /** True if a task's stream has begun where {@code layer} is computed. */
  private boolean begins(Layer layer) {
    return first.compareTo(layer) <= 0;
  }
}
