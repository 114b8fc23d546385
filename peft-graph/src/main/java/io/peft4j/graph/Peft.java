package io.peft4j.graph;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.natives.NativeSetup;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Adapts backbones.
 *
 * <pre>{@code
 * Backbone backbone = Swin.build(Swin.preset("swin-nano"), weights, DataType.FLOAT);
 * PeftModel model = Peft.adapt(backbone, "lora", Map.of("rank", "8"), tasks);
 * Map<String, List<INDArray>> features = model.features(images);
 * }</pre>
 *
 * <p>Safe for use by several threads.
 */
public final class Peft {
  private static final long DEFAULT_SEED = 0;

  private Peft() {}

  /**
   * Adapts a backbone by a discovered method.
   *
   * @param method id, as {@code peft methods} lists it
   * @param options options that differ from their defaults
   * @throws InputException if the method or an option is unknown, a value is out of range, or the
   *     configuration does not fit the backbone
   */
  public static PeftModel adapt(
      Backbone backbone, String method, Map<String, String> options, List<Task> tasks) {
    return adapt(backbone, method, options, tasks, DEFAULT_SEED);
  }

  /** As {@link #adapt(Backbone, String, Map, List)} with a seed for initial values. */
  public static PeftModel adapt(
      Backbone backbone, String method, Map<String, String> options, List<Task> tasks, long seed) {
    MethodDescriptor descriptor = MethodRegistry.discover().get(method);
    return adapt(backbone, descriptor.method(), descriptor.configure(options), tasks, seed);
  }

  /**
   * Adapts a backbone by a method's configuration; the method is the one that has this
   * configuration type.
   *
   * @throws InputException if no discovered method has it
   */
  public static PeftModel adapt(Backbone backbone, Record config, List<Task> tasks) {
    MethodRegistry registry = MethodRegistry.discover();
    PeftMethod method =
        registry.methods().stream()
            .map(MethodDescriptor::method)
            .filter(m -> m.configType() == config.getClass())
            .findFirst()
            .orElseThrow(
                () ->
                    new InputException(
                        "no method on the class path is configured by %s; known: %s"
                            .formatted(
                                config.getClass().getName(),
                                registry.methods().stream().map(MethodDescriptor::id).toList())));
    return adapt(backbone, method, config, tasks, DEFAULT_SEED);
  }

  /** Adapts a backbone by a given method. */
  public static PeftModel adapt(
      Backbone backbone, PeftMethod method, Record config, List<Task> tasks, long seed) {
    NativeSetup.prepare();
    checkTasks(tasks);
    return PeftModel.adapt(backbone, method, config, tasks, seed);
  }

  /**
   * What {@link #adapt(Backbone, PeftMethod, Record, List, long)} would make, without arrays: what
   * is trained and whose it is, counts and places, also where the backbone has weights.
   */
  public static PeftModel outline(
      Backbone backbone, PeftMethod method, Record config, List<Task> tasks) {
    NativeSetup.prepare();
    checkTasks(tasks);
    return PeftModel.adapt(backbone, method, config, tasks, DEFAULT_SEED, false);
  }

  /** The backbone as it is, for every task: nothing is adapted, nothing is trained. */
  public static PeftModel frozen(Backbone backbone, List<Task> tasks) {
    return adapt(backbone, new FrozenMethod(), new FrozenMethod.Config(), tasks, DEFAULT_SEED);
  }

  private static void checkTasks(List<Task> tasks) {
    if (tasks.isEmpty()) {
      throw new InputException("no tasks: name at least one, such as semseg:21");
    }
    Set<String> names = new HashSet<>();
    for (Task task : tasks) {
      if (!names.add(task.name())) {
        throw new InputException("task '%s' is given twice".formatted(task.name()));
      }
    }
  }
}
