package io.peft4j.api.routing;

import io.peft4j.api.InputException;
import java.util.regex.Pattern;

/**
 * A dense-prediction task.
 *
 * @param name name such as {@code semseg}; lower-case letters, digits and underscores
 * @param channels output channels of its head
 */
public record Task(String name, int channels) {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*");

  /** Checks name and channels. */
  public Task {
    if (!NAME.matcher(name).matches() || name.equals(Stream.SHARED.id())) {
      throw new InputException(
          "task name '" + name + "' must be lower-case letters, digits and _, and not 'shared'");
    }
    if (channels < 1) {
      throw new InputException(
          "task %s: %d channels, but at least 1 is needed".formatted(name, channels));
    }
  }
}
