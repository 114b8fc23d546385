package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.harness.task.TaskSet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which tasks. */
public final class TaskOptions {
  @Option(
      names = "--tasks",
      paramLabel = "LIST",
      description =
          "pascal, nyud, or name[:channels],... of semseg:N, human_parts, sal, normals, depth, edge")
  private @Nullable String tasks;

  /**
   * The tasks, if given.
   *
   * @throws InputException if the text is not a list of known tasks
   */
  public Optional<TaskSet> given() {
    return Optional.ofNullable(tasks).map(TaskSet::parse);
  }

  /**
   * The tasks, or those of {@code text} if none are given.
   *
   * @throws InputException as {@link #given()}
   */
  public TaskSet orElse(String text) {
    return given().orElseGet(() -> TaskSet.parse(text));
  }
}
