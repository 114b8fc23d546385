package io.peft4j.harness.task;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.routing.Task;
import io.peft4j.harness.metric.EdgeMetric;
import io.peft4j.harness.metric.SaliencyMetric;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;

/**
 * The tasks of a run, in order.
 *
 * @param tasks at least one; names differ
 */
public record TaskSet(List<DenseTask> tasks) {
  private static final ImmutableMap<String, String> PRESETS =
      ImmutableMap.of(
          "pascal", "semseg:21,human_parts:7,sal:1,normals:3",
          "nyud", "semseg:40,normals:3,depth:1");

  private static final ImmutableMap<String, Integer> CHANNELS =
      ImmutableMap.of("human_parts", 7, "sal", 1, "normals", 3, "depth", 1, "edge", 1);

  /** Weights of the reference's loss table. */
  private static final ImmutableMap<String, Function<Task, DenseTask>> KNOWN =
      ImmutableMap.of(
          "semseg", t -> new SegmentationTask(t, 1),
          "human_parts", t -> new SegmentationTask(t, 2),
          "sal", t -> new BinaryTask(t, 5, OptionalDouble.empty(), SaliencyMetric::new),
          "normals", t -> new NormalsTask(t, 10),
          "depth", t -> new DepthTask(t, 1),
          "edge", t -> new BinaryTask(t, 50, OptionalDouble.of(0.95), EdgeMetric::new));

  /** Refuses an empty set and repeated names. */
  public TaskSet {
    tasks = ImmutableList.copyOf(tasks);
    if (tasks.isEmpty()) {
      throw new InputException("no tasks: name at least one, such as semseg:21");
    }
    Set<String> names = new HashSet<>();
    for (DenseTask task : tasks) {
      if (!names.add(task.name())) {
        throw new InputException("task '%s' is given twice".formatted(task.name()));
      }
    }
  }

  /**
   * Parses {@code pascal}, {@code nyud}, or {@code name[:channels],…}; only {@code semseg} needs
   * its number of classes.
   *
   * @throws InputException naming an unknown task or a wrong number of channels
   */
  public static TaskSet parse(String text) {
    String list = PRESETS.getOrDefault(text.strip(), text);
    List<DenseTask> tasks = new ArrayList<>();
    for (String item : list.split(",", -1)) {
      tasks.add(parseOne(item.strip()));
    }
    return new TaskSet(tasks);
  }

  /** The set with one task, of this set. */
  public TaskSet only(String name) {
    return new TaskSet(List.of(get(name)));
  }

  /**
   * The task with this name.
   *
   * @throws InputException if it is not in the set
   */
  public DenseTask get(String name) {
    return tasks.stream()
        .filter(t -> t.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    "no task '%s'%s".formatted(name, NearestName.hint(name, names()))));
  }

  /** Names, in order. */
  public List<String> names() {
    return tasks.stream().map(DenseTask::name).toList();
  }

  /** Names and channels, as methods see them. */
  public List<Task> routed() {
    return tasks.stream().map(DenseTask::task).toList();
  }

  /** The text form that {@link #parse} reads. */
  public String text() {
    return String.join(",", routed().stream().map(t -> t.name() + ":" + t.channels()).toList());
  }

  private static DenseTask parseOne(String item) {
    String[] parts = item.split(":", -1);
    String name = parts[0];
    Function<Task, DenseTask> known = KNOWN.get(name);
    if (known == null) {
      Set<String> names = new HashSet<>(KNOWN.keySet());
      names.addAll(PRESETS.keySet());
      throw new InputException(
          "unknown task '%s'%s".formatted(name, NearestName.hint(name, names)));
    }
    Integer fixed = CHANNELS.get(name);
    if (parts.length == 1 && fixed == null) {
      throw new InputException(
          "task '%s' needs its number of classes, such as %s:21".formatted(name, name));
    }
    int channels = parts.length == 1 ? fixed : channels(item, parts);
    boolean segmentation = name.equals("semseg") || name.equals("human_parts");
    if (!segmentation && channels != fixed) {
      throw new InputException(
          "task '%s' has %d channels, not %d; write %s".formatted(name, fixed, channels, name));
    }
    if (segmentation && channels < 2) {
      throw new InputException(
          "task '%s' needs at least 2 classes, not %d".formatted(name, channels));
    }
    return known.apply(new Task(name, channels));
  }

  private static int channels(String item, String[] parts) {
    try {
      if (parts.length == 2) {
        return Integer.parseInt(parts[1]);
      }
    } catch (NumberFormatException e) {
      // falls through to the one message for both mistakes
    }
    throw new InputException("'%s' is not name:channels, such as semseg:21".formatted(item));
  }
}
