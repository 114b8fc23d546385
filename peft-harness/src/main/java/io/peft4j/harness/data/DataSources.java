package io.peft4j.harness.data;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.natives.NativeSetup;
import io.peft4j.harness.task.TaskSet;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The data sets that are known by name.
 *
 * <p>Safe for use by several threads.
 */
public final class DataSources {
  private static final ImmutableMap<String, Embedded> KNOWN =
      ImmutableMap.of(
          ScenesData.ID,
          new Embedded(
              ScenesData.standardTasks(), ScenesData.class, SceneLabels::checked, ScenesData::new));

  private DataSources() {}

  @FunctionalInterface
  private interface Maker {
    DataSource make(int height, int width, DataSpec spec);
  }

  private record Embedded(
      String defaultTasks,
      Class<? extends DataSource> type,
      UnaryOperator<TaskSet> checked,
      Maker maker) {}

  /** Names that are known. */
  public static List<String> names() {
    return KNOWN.keySet().asList();
  }

  /**
   * Makes a data set.
   *
   * @throws InputException if there is none of that name
   */
  public static DataSource named(DataSpec spec, int height, int width) {
    NativeSetup.prepare();
    return known(spec.id()).maker().make(height, width, spec);
  }

  /**
   * What supplies the data set of that name, as {@link DataSource#suppliedBy} tells it; empty if
   * there is none.
   */
  public static Optional<String> supplier(String id) {
    return Optional.ofNullable(KNOWN.get(id)).map(e -> e.type().getName());
  }

  /** Names of a task's classes in a data set, by label; empty where they are not known. */
  public static List<String> classes(String id, Task task) {
    return KNOWN.containsKey(id) ? SceneLabels.classes(task) : List.of();
  }

  /**
   * The tasks that a run takes by default, without making the data set.
   *
   * @throws InputException if there is none of that name
   */
  public static String defaultTasks(String id) {
    return known(id).defaultTasks();
  }

  /**
   * Refuses tasks that a data set has no truth for, without making it. A data set that is not known
   * by name is its user's to check.
   *
   * @throws InputException naming the task
   */
  public static void requireTruth(String id, TaskSet tasks) {
    Embedded known = KNOWN.get(id);
    if (known != null) {
      known.checked().apply(tasks);
    }
  }

  private static Embedded known(String id) {
    Embedded known = KNOWN.get(id);
    if (known == null) {
      throw new InputException(
          "unknown data set '%s'%s".formatted(id, NearestName.hint(id, KNOWN.keySet())));
    }
    return known;
  }
}
