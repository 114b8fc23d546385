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
 * @param base prefix of everything but the classifier in models that have one, such as Hugging
 *     Face's {@code swin.}; empty if the code has none
 */
public record NameMap(String id, String title, List<Rule> rules, String base) {
  /** How the backbone's own names of a classifier begin. */
  private static final String CLASSIFIER = "head.";

  /** Copies the list. */
  public NameMap {
    rules = ImmutableList.copyOf(rules);
  }

  /** A code whose classifier stands among the other parameters. */
  public NameMap(String id, String title, List<Rule> rules) {
    this(id, title, rules, "");
  }

  /** The code whose names the backbone itself uses. */
  public static NameMap own(String id, String title) {
    return new NameMap(id, title, List.of());
  }

  /**
   * The entries of a checkpoint that are a parameter, see {@link #entries(String)}.
   *
   * @param path the backbone's name of the parameter
   * @param prefix what stands before the encoder's entries, such as {@code module.swin.}
   */
  public List<String> entries(String path, String prefix) {
    boolean outside = path.startsWith(CLASSIFIER) && prefix.endsWith(base);
    String own = outside ? prefix.substring(0, prefix.length() - base.length()) : prefix;
    return entries(path).stream().map(e -> own + e).toList();
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
