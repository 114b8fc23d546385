package io.peft4j.backbones.build;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import java.util.List;

/**
 * Architectures by their names.
 *
 * @param <A> what they are
 */
public final class Presets<A extends Architecture> {
  private final ImmutableMap<String, A> byName;

  private Presets(ImmutableMap<String, A> byName) {
    this.byName = byName;
  }

  /** Architectures of different names, in their order. */
  public static <A extends Architecture> Presets<A> of(List<A> architectures) {
    return new Presets<>(Maps.uniqueIndex(architectures, Architecture::id));
  }

  /** Their names, in their order. */
  public ImmutableList<String> names() {
    return byName.keySet().asList();
  }

  /**
   * The one of a name.
   *
   * @throws InputException if there is none, with the nearest name
   */
  public A named(String name) {
    A found = byName.get(name);
    if (found == null) {
      throw new InputException(
          "no backbone '%s'%s".formatted(name, NearestName.hint(name, byName.keySet())));
    }
    return found;
  }
}
