package io.peft4j.harness.run;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.pertask.PerTask;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.MultiTaskModel;
import java.util.Map;

/**
 * Builds the models that specifications describe.
 *
 * <p>Safe for use by several threads.
 */
public final class ModelFactory {
  private ModelFactory() {}

  /** With losses, to be trained. */
  public static MultiTaskModel trainable(RunSpec spec, Backbone backbone) {
    TaskSet tasks = spec.taskSet();
    return MultiTaskModel.withLosses(
        adapt(spec, backbone, tasks), tasks, spec.decoder().decoder(backbone), Map.of());
  }

  /** With heads only, to predict or to be counted. */
  public static MultiTaskModel predicting(RunSpec spec, Backbone backbone) {
    TaskSet tasks = spec.taskSet();
    return MultiTaskModel.withHeads(
        adapt(spec, backbone, tasks), tasks, spec.decoder().decoder(backbone));
  }

  private static PeftModel adapt(RunSpec spec, Backbone backbone, TaskSet tasks) {
    MethodDescriptor descriptor = MethodRegistry.discover().get(spec.method());
    PeftMethod method = spec.perTask() ? PerTask.of(descriptor.method()) : descriptor.method();
    return Peft.adapt(
        spec.decoder().on(backbone),
        method,
        descriptor.configure(spec.options()),
        tasks.routed(),
        spec.train().seed());
  }
}
