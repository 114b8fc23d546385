package io.peft4j.baselines;

import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.api.routing.TaskRouter;
import java.util.List;
import java.util.OptionalLong;

/** An adaptation that all tasks share, or of which each task has a copy and a backbone pass. */
public abstract class SharedOrPerTask implements Rewrite {
  private final boolean perTask;
  private final int copies;

  /**
   * An adaptation.
   *
   * @param perTask one copy per task instead of one for all
   */
  protected SharedOrPerTask(boolean perTask, List<Task> tasks) {
    this.perTask = perTask;
    this.copies = perTask ? tasks.size() : 1;
  }

  /** Trainable numbers of one copy. */
  protected abstract long numbers();

  /** True if each task has a copy. */
  protected final boolean isPerTask() {
    return perTask;
  }

  @Override
  public final TaskRouter router() {
    return perTask ? TaskRouter.perTask() : TaskRouter.shared();
  }

  @Override
  public final OptionalLong declaredParameters() {
    return OptionalLong.of(copies * numbers());
  }
}
