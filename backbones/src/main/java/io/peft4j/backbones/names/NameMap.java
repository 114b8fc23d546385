package io.peft4j.backbones.names;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * How a code names the parameters of an architecture in its checkpoints.
 *
 * @param id short name of the code, as users write it
 * @param title the code in messages
 * @param rules for each way in which names differ, tried in order; a name that none matches is the
 *     same in both
 */
public record NameMap(String id, String title, List<Rule> rules) {
  /** Copies the list. */
  public NameMap {
    rules = ImmutableList.copyOf(rules);
  }

  /** The code whose names the backbone itself uses. */
  public static NameMap own(String id, String title) {
    return new NameMap(id, title, List.of());
  }

  /**
   * The entries of a checkpoint that are a parameter: one, or several whose rows stand one below
   * the other, such as query, key and value.
   *
   * @param path the backbone's name of the parameter
   */
  public List<String> entries(String path) {
    for (Rule rule : rules) {
      List<String> entries = rule.apply(path);
      if (!entries.isEmpty()) {
        return entries;
      }
    }
    return List.of(path);
  }
}
