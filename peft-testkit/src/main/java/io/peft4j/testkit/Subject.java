package io.peft4j.testkit;

import com.google.common.collect.Maps;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.lowrank.LowRankForm;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.pertask.PerTask;
import io.peft4j.graph.registry.MethodDescriptor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.nd4j.linalg.api.buffer.DataType;
import org.opentest4j.TestAbortedException;

/**
 * A configuration of the method on a backbone.
 *
 * <p>Every call builds anew, so that no law sees what another one did.
 */
final class Subject {
  /** Seed of the models that are compared with each other. */
  static final long SEED = 1;

  private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9_]*");

  private final Discovered discovered;
  private final Variant variant;
  private final BackboneUnderTest backbones;

  Subject(Discovered discovered, Variant variant, BackboneUnderTest backbones) {
    this.discovered = discovered;
    this.variant = variant;
    this.backbones = backbones;
  }

  Variant variant() {
    return variant;
  }

  List<Task> tasks() {
    return discovered.spec().tasks();
  }

  Backbone backbone(DataType type) {
    return backbones.build(type);
  }

  Backbone backboneForCounting() {
    return backbones.buildForCounting();
  }

  /** What the method binds; a law that needs it is skipped if it cannot be had. */
  Rewrite bind(Backbone backbone) {
    return need(
        () -> {
          MethodDescriptor d = discovered.descriptorOrSkip();
          return method(d).bind(d.configure(variant.options()), backbone, tasks());
        });
  }

  /** An adapted model; a law that needs it is skipped if it cannot be had. */
  PeftModel adapt(Backbone backbone, long seed) {
    return need(() -> adaptOrThrow(backbone, seed));
  }

  /** A new backbone, adapted with the usual seed. */
  PeftModel adapt(DataType type) {
    return adapt(backbone(type), SEED);
  }

  /** As {@link #adapt(Backbone, long)}, for the law that says that it works. */
  PeftModel adaptOrThrow(Backbone backbone, long seed) {
    MethodDescriptor d = discovered.descriptorOrSkip();
    return Peft.adapt(backbone, method(d), d.configure(variant.options()), tasks(), seed);
  }

  /**
   * As {@link #adapt(DataType)}, with tasks and options that name them renamed.
   *
   * @param names new names of tasks, by the old ones
   */
  PeftModel adapt(DataType type, Map<String, String> names) {
    return need(
        () -> {
          MethodDescriptor d = discovered.descriptorOrSkip();
          return Peft.adapt(backbone(type), method(d), configured(d, names), renamed(names), SEED);
        });
  }

  /** What {@link #adapt(DataType, Map)} would make, without arrays. */
  PeftModel outline(Map<String, String> names) {
    return need(
        () -> {
          MethodDescriptor d = discovered.descriptorOrSkip();
          return Peft.outline(
              backboneForCounting(), method(d), configured(d, names), renamed(names));
        });
  }

  private List<Task> renamed(Map<String, String> names) {
    return tasks().stream()
        .map(t -> new Task(names.getOrDefault(t.name(), t.name()), t.channels()))
        .toList();
  }

  /** All names at once, so that a new name may be another task's old one. */
  private Record configured(MethodDescriptor d, Map<String, String> names) {
    return d.configure(
        Maps.transformValues(
            variant.options(),
            text -> WORD.matcher(text).replaceAll(m -> names.getOrDefault(m.group(), m.group()))));
  }

  /** How the method tells its state as low-rank updates, if it does. */
  Optional<LowRankForm> lowRankForm() {
    return need(() -> discovered.descriptorOrSkip().method().lowRankForm());
  }

  /** A model of the method, one for all tasks, with a configuration and a state. */
  PeftModel adapt(Backbone backbone, LowRankForm.Adapted adapted) {
    PeftMethod method = discovered.descriptorOrSkip().method();
    PeftModel model = Peft.adapt(backbone, method, adapted.config(), tasks(), SEED);
    model.load(adapted.state());
    return model;
  }

  private PeftMethod method(MethodDescriptor d) {
    return discovered.spec().isPerTask() ? PerTask.of(d.method()) : d.method();
  }

  private <T> T need(Supplier<T> work) {
    try {
      return work.get();
    } catch (TestAbortedException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new TestAbortedException(
          "there is no adapted model; see '%s': %s".formatted(RewriteLaws.REWRITES, e.getMessage()),
          e);
    }
  }
}
