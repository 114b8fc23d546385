package io.peft4j.backbones.names;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One way in which names differ. */
@FunctionalInterface
public interface Rule {
  /** The checkpoint's names for a parameter; none if the rule is not about it. */
  List<String> apply(String path);

  /**
   * A rule for the paths that an expression matches as a whole.
   *
   * @param expression regular expression
   * @param entries names in the checkpoint, with {@code $1} for a group of the expression
   */
  static Rule of(String expression, String... entries) {
    Pattern pattern = Pattern.compile(expression);
    ImmutableList<String> templates = ImmutableList.copyOf(entries);
    return path -> {
      Matcher matcher = pattern.matcher(path);
      return matcher.matches()
          ? templates.stream().map(matcher::replaceFirst).toList()
          : ImmutableList.of();
    };
  }

  /** As {@link #of(String, String...)}, where the name is computed. */
  static Rule computed(String expression, Function<MatchResult, String> entry) {
    Pattern pattern = Pattern.compile(expression);
    return path -> {
      Matcher matcher = pattern.matcher(path);
      return matcher.matches() ? List.of(entry.apply(matcher)) : List.of();
    };
  }
}
