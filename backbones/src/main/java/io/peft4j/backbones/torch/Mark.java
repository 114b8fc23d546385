package io.peft4j.backbones.torch;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Stands for a value that is not read: an object of any other class, a function, a set, a tensor of
 * a kind that has no counterpart here. It is inert: nothing of Python is run to make it, what is
 * done to it has no effect, and what goes into it is gone.
 *
 * <p>Marks are compared by identity, so that one may be a dictionary's key.
 */
final class Mark {
  private final String name;
  private final @Nullable String tensor;

  private Mark(String name, @Nullable String tensor) {
    this.name = name;
    this.tensor = tensor;
  }

  /** For an object of a class, or what a function would have returned. */
  static Mark of(String name) {
    return new Mark(PythonName.printable(name), null);
  }

  /**
   * For a tensor.
   *
   * @param name its class, function or type
   * @param why the reason why it is not read, as the rest of a sentence about it
   */
  static Mark tensor(String name, String why) {
    return new Mark(PythonName.printable(name), why);
  }

  /** Python's name for what it stands for, fit for a message. */
  String name() {
    return name;
  }

  /** If it stands for a tensor, why that is not read. */
  Optional<String> tensor() {
    return Optional.ofNullable(tensor);
  }

  @Override
  public String toString() {
    return name;
  }
}
