package io.peft4j.adapters;

import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.emitted.TargetGraph;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whose each array of the heads is: told by the model, kept beside the arrays.
 *
 * <p>Safe for use by several threads.
 */
public final class HeadTasks {
  private HeadTasks() {}

  /** The task of each array that serves one alone, by name of the array. */
  static Map<String, String> of(TargetGraph target) {
    Map<String, String> tasks = new TreeMap<>();
    target
        .headStreams()
        .forEach((name, stream) -> stream.tasks().forEach(task -> put(tasks, name, task, stream)));
    return tasks;
  }

  private static void put(Map<String, String> tasks, String name, String task, Stream stream) {
    if (stream.tasks().size() == 1) {
      tasks.put(name, task);
    }
  }

  /**
   * The same for files of versions that did not say it, whose heads had the task behind {@code
   * decoders.} and {@code downsampler.}, or in {@code norm_<task>_<stage>}.
   *
   * @param names names of arrays
   */
  public static Map<String, String> ofEarlier(Collection<String> names, List<Task> tasks) {
    Map<String, String> found = new TreeMap<>();
    for (String name : names) {
      for (Task task : tasks) {
        String t = task.name();
        boolean head =
            name.startsWith("decoders." + t + ".") || name.startsWith("downsampler." + t + ".");
        if (head || name.matches("norm_" + t + "_[0-9]+\\..*")) {
          found.put(name, t);
        }
      }
    }
    return found;
  }
}
