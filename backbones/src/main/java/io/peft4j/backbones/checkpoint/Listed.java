package io.peft4j.backbones.checkpoint;

import com.google.common.collect.Iterables;
import java.util.Collection;

/** Names in a message, of which there may be hundreds. */
public final class Listed {
  private static final int SHOWN = 8;

  private Listed() {}

  /** The first ones, and how many more there are. */
  public static String some(Collection<String> names) {
    String some = String.join(", ", Iterables.limit(names, SHOWN));
    return names.size() > SHOWN ? some + " and %d more".formatted(names.size() - SHOWN) : some;
  }
}
