package io.peft4j.baselines.hypernet;

import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import org.nd4j.autodiff.samediff.SDVariable;

/** The trained embedding of a task. */
public final class TaskEmbedding {
  private TaskEmbedding() {}

  /** The embedding {@code [1, E]} of the task that is answered, standard normal at the start. */
  public static SDVariable of(Emit emit, HyperSizes sizes) {
    return emit.globalParam(
        "task_embedding." + emit.stream().id(),
        emit.stream(),
        Kind.WEIGHT,
        Init.normal(1),
        1,
        sizes.taskEmbedding());
  }

  /** {@code T·E}. */
  public static long numbers(int tasks, HyperSizes sizes) {
    return (long) tasks * sizes.taskEmbedding();
  }
}
