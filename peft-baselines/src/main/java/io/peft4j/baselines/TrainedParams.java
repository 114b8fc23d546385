package io.peft4j.baselines;

import com.google.common.collect.ImmutableSet;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.api.routing.TaskRouter;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * Trains some of the backbone's own parameters and adds none: one model for all tasks, or one each.
 */
final class TrainedParams implements Rewrite {
  private final ImmutableSet<Param> trained;
  private final boolean perTask;
  private final int copies;

  TrainedParams(Backbone backbone, Predicate<Param> rule, boolean perTask, List<Task> tasks) {
    this.trained = backbone.params().stream().filter(rule).collect(ImmutableSet.toImmutableSet());
    this.perTask = perTask;
    this.copies = perTask ? tasks.size() : 1;
  }

  @Override
  public TaskRouter router() {
    return perTask ? TaskRouter.perTask() : TaskRouter.shared();
  }

  @Override
  public Training training(Param param, Stream stream) {
    if (!trained.contains(param)) {
      return Training.FROZEN;
    }
    return perTask ? Training.PER_STREAM : Training.TRAINED;
  }

  @Override
  public OptionalLong declaredParameters() {
    return OptionalLong.of(copies * trained.stream().mapToLong(p -> p.shape().size()).sum());
  }
}
