package io.peft4j.harness.data;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.routing.Task;
import io.peft4j.harness.data.scenes.HumanPart;
import io.peft4j.harness.data.scenes.SceneClass;
import io.peft4j.harness.data.scenes.SceneSample;
import io.peft4j.harness.metric.Metric;
import io.peft4j.harness.task.TaskSet;
import java.util.Arrays;
import java.util.List;

/** Label maps of rendered pictures, by task. */
final class SceneLabels {
  static final ImmutableList<String> TASKS =
      ImmutableList.of("semseg", "human_parts", "sal", "normals", "depth", "edge");

  private SceneLabels() {}

  /** Refuses tasks without truth, and numbers of classes that are not the pictures'. */
  static TaskSet checked(TaskSet tasks) {
    tasks.routed().forEach(SceneLabels::check);
    return tasks;
  }

  static void check(Task task) {
    if (!TASKS.contains(task.name())) {
      throw new InputException(
          "rendered pictures have no task '%s'%s"
              .formatted(task.name(), NearestName.hint(task.name(), TASKS)));
    }
    require(task.name(), "semseg", task.channels(), SceneClass.count());
    require(task.name(), "human_parts", task.channels(), HumanPart.values().length);
  }

  /** Names of a task's classes, by label; empty if it has none. */
  static List<String> classes(Task task) {
    return switch (task.name()) {
      case "semseg" -> Arrays.stream(SceneClass.values()).map(SceneClass::label).toList();
      case "human_parts" -> Arrays.stream(HumanPart.values()).map(HumanPart::label).toList();
      default -> List.of();
    };
  }

  /** Writes one label map, see {@link LabelledImages#labels}. */
  static void write(SceneSample sample, String task, float[] to, int offset) {
    switch (task) {
      case "semseg" -> copy(sample.semantic(), to, offset);
      case "human_parts" -> parts(sample.parts(), to, offset);
      case "sal" -> copy(sample.saliency(), to, offset);
      case "normals" -> System.arraycopy(sample.normals(), 0, to, offset, sample.normals().length);
      case "depth" -> System.arraycopy(sample.depth(), 0, to, offset, sample.depth().length);
      case "edge" -> copy(sample.edges(), to, offset);
      default -> throw new InputException("rendered pictures have no task '%s'".formatted(task));
    }
  }

  private static void require(String task, String which, int classes, int needed) {
    if (task.equals(which) && classes != needed) {
      throw new InputException(
          "rendered pictures have %d classes of %s, not %d; write %s:%d"
              .formatted(needed, task, classes, task, needed));
    }
  }

  private static void copy(byte[] from, float[] to, int offset) {
    for (int i = 0; i < from.length; i++) {
      to[offset + i] = from[i];
    }
  }

  /** A picture without people has no truth of parts, as in PASCAL-Context. */
  private static void parts(byte[] parts, float[] to, int offset) {
    boolean people = false;
    for (byte part : parts) {
      people |= part != HumanPart.BACKGROUND.ordinal();
    }
    if (people) {
      copy(parts, to, offset);
    } else {
      Arrays.fill(to, offset, offset + parts.length, Metric.IGNORE);
    }
  }
}
