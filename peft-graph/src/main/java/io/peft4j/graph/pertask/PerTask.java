package io.peft4j.graph.pertask;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.lowrank.LowRankForm;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Preset;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A method with one model per task: the backbone runs once for each, and all that the method
 * trains, adapters and parameters of the backbone, is there once for each. Frozen parameters are
 * shared.
 *
 * <p>The method is bound once per task, to that task alone, so each model is the one that the
 * method makes for a single task; trainable numbers and multiply-accumulates are the sums over
 * those models.
 *
 * <pre>{@code
 * PeftModel model =
 *     Peft.adapt(backbone, PerTask.of(descriptor.method()), config, tasks, seed);
 * }</pre>
 */
public final class PerTask implements PeftMethod {
  private final PeftMethod method;

  private PerTask(PeftMethod method) {
    this.method = method;
  }

  /** The method, one model per task. */
  public static PeftMethod of(PeftMethod method) {
    return method instanceof PerTask ? method : new PerTask(method);
  }

  /** Id of the method that is copied. */
  @Override
  public String id() {
    return method.id();
  }

  @Override
  public Class<? extends Record> configType() {
    return method.configType();
  }

  /**
   * {@inheritDoc}
   *
   * @throws io.peft4j.api.InputException also where the configuration needs several tasks
   */
  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new PerTaskRewrite(
        tasks.stream()
            .map(t -> TaskCopy.of(t, method.bind(config, backbone, List.of(t)), backbone))
            .toList());
  }

  @Override
  public String description() {
    return method.description() + "; one model per task";
  }

  @Override
  public String reference() {
    return method.reference();
  }

  @Override
  public String formula() {
    return method.formula() + ", for each task";
  }

  @Override
  public Map<String, Preset> presets() {
    return method.presets();
  }

  /** That of the method: copies of one stream each are its streams of all tasks. */
  @Override
  public Optional<LowRankForm> lowRankForm() {
    return method.lowRankForm();
  }

  @Override
  public String version() {
    return method.version();
  }
}
