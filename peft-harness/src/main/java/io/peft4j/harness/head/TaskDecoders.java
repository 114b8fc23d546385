package io.peft4j.harness.head;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.routing.Task;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Decoders by task, such as a classifier beside those of dense tasks.
 *
 * @param others decoder of the tasks that have none of their own
 * @param own decoders by name of the task
 */
public record TaskDecoders(Decoder others, Map<String, Decoder> own) implements Decoder {
  /** Copies the map. */
  public TaskDecoders {
    own = ImmutableMap.copyOf(own);
  }

  @Override
  public String id() {
    return "by-task";
  }

  @Override
  public void check(List<Task> tasks) {
    List<String> names = tasks.stream().map(Task::name).toList();
    own.keySet().stream()
        .filter(name -> !names.contains(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw new InputException(
                  "a decoder is given for task '%s', which takes no part%s"
                      .formatted(name, NearestName.hint(name, names)));
            });
    Stream.concat(Stream.of(others), own.values().stream()).forEach(d -> d.check(tasks));
  }

  @Override
  public Head emit(HeadInput input) {
    return own.getOrDefault(input.task().name(), others).emit(input);
  }
}
