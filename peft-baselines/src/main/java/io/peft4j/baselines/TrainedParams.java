package io.peft4j.baselines;

import com.google.common.collect.ImmutableSet;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import java.util.List;
import java.util.function.Predicate;

/**
 * Trains some of the backbone's own parameters and adds none: one model for all tasks, or one each.
 */
public final class TrainedParams extends SharedOrPerTask {
  private final ImmutableSet<Param> trained;

  /**
   * An adaptation.
   *
   * @param rule which parameters are trained
   * @param perTask one model per task instead of one for all
   */
  public TrainedParams(
      Backbone backbone, Predicate<Param> rule, boolean perTask, List<Task> tasks) {
    super(perTask, tasks);
    this.trained = backbone.params().stream().filter(rule).collect(ImmutableSet.toImmutableSet());
  }

  @Override
  public Training training(Param param, Stream stream) {
    if (!trained.contains(param)) {
      return Training.FROZEN;
    }
    return isPerTask() ? Training.PER_STREAM : Training.TRAINED;
  }

  @Override
  protected long numbers() {
    return trained.stream().mapToLong(p -> p.shape().size()).sum();
  }
}
