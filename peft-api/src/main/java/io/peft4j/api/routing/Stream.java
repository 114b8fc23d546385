package io.peft4j.api.routing;

import com.google.common.collect.ImmutableSortedSet;
import java.util.Collection;

/**
 * One of the parallel computations of an adapted backbone.
 *
 * <p>The shared stream is a stream of its own, not "all tasks": a method may need it beside the
 * streams of all tasks (MTLoRA).
 *
 * @param id {@code shared}, a task's name, or sorted task names joined by {@code +}
 * @param tasks the tasks that the stream serves alone; empty for the shared stream
 */
public record Stream(String id, ImmutableSortedSet<String> tasks) {
  /** The stream that every task may read. */
  public static final Stream SHARED = new Stream("shared", ImmutableSortedSet.of());

  /** The stream of one task. */
  public static Stream of(String task) {
    return new Stream(task, ImmutableSortedSet.of(task));
  }

  /** The stream of a group of tasks; the stream of one task if the group has one member. */
  public static Stream ofGroup(Collection<String> tasks) {
    if (tasks.isEmpty()) {
      throw new IllegalArgumentException("a group of tasks needs at least one member");
    }
    ImmutableSortedSet<String> sorted = ImmutableSortedSet.copyOf(tasks);
    return new Stream(String.join("+", sorted), sorted);
  }

  /** True for {@link #SHARED}. */
  public boolean isShared() {
    return tasks.isEmpty();
  }

  /** Appends {@code @id} to a name unless the stream is shared. */
  public String tag(String name) {
    return isShared() ? name : name + "@" + id;
  }

  @Override
  public String toString() {
    return id;
  }
}
