package io.peft4j.graph.pertask;

import com.google.common.collect.ImmutableSortedSet;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.method.OwnParameters;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A method bound to one task, and how its streams and parameters are called among those of the
 * other tasks.
 *
 * <p>What the method calls shared is the task's own here: it is called by the task's name, or,
 * where the method has a stream of the task beside it (MTLoRA), {@code <task>.shared}.
 */
final class TaskCopy {
  private final Task task;
  private final Rewrite rewrite;
  private final Stream shared;
  private final Map<String, String> names = new LinkedHashMap<>();
  private final Map<String, String> buffers = new LinkedHashMap<>();

  private TaskCopy(Task task, Rewrite rewrite, Stream shared) {
    this.task = task;
    this.rewrite = rewrite;
    this.shared = shared;
  }

  static TaskCopy of(Task task, Rewrite rewrite, Backbone backbone) {
    Stream own = Stream.of(task.name());
    boolean oneStream =
        backbone.places().values().stream()
            .allMatch(p -> rewrite.router().route(p, own).isShared());
    return new TaskCopy(task, rewrite, oneStream ? own : within(task, Stream.SHARED));
  }

  Task task() {
    return task;
  }

  Rewrite rewrite() {
    return rewrite;
  }

  /** The method's stream, as it is called among those of all tasks. */
  Stream outer(Stream inner) {
    if (inner.isShared()) {
      return shared;
    }
    return inner.id().equals(task.name()) ? inner : within(task, inner);
  }

  /** The reverse of {@link #outer}. */
  Stream inner(Stream outer) {
    if (outer.equals(shared)) {
      return Stream.SHARED;
    }
    return outer.id().equals(task.name())
        ? outer
        : new Stream(outer.id().substring(task.name().length() + 1), outer.tasks());
  }

  Stream route(Place place, Stream outer) {
    return outer(rewrite.router().route(place, inner(outer)));
  }

  /** The name here of something that the method has once for all its streams. */
  String outerName(String name) {
    return name + "." + shared.id();
  }

  /** Notes what the method calls a parameter. */
  void noteParameter(String inner, String outer) {
    names.put(inner, outer);
  }

  /** Notes what the method calls a buffer. */
  void noteBuffer(String inner, String outer) {
    buffers.put(inner, outer);
  }

  void afterStep(OwnParameters all, long step) {
    Set<String> known = all.names();
    Map<String, String> own =
        names.entrySet().stream()
            .filter(e -> known.contains(e.getValue()))
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, LinkedHashMap::new));
    rewrite.afterStep(new Own(own, buffers, all), step);
  }

  private static Stream within(Task task, Stream inner) {
    return new Stream(task.name() + "." + inner.id(), ImmutableSortedSet.of(task.name()));
  }

  /** Parameters of one task, by the names that the method gave them. */
  private record Own(
      Map<String, String> outerNames, Map<String, String> outerBuffers, OwnParameters all)
      implements OwnParameters {
    @Override
    public Set<String> names() {
      return outerNames.keySet();
    }

    @Override
    public INDArray get(String name) {
      return all.get(outerNames.getOrDefault(name, name));
    }

    @Override
    public INDArray buffer(String name) {
      return all.buffer(outerBuffers.getOrDefault(name, name));
    }

    @Override
    public INDArray gradient(String name) {
      return all.gradient(outerNames.getOrDefault(name, name));
    }
  }
}
