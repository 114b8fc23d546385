package io.peft4j.adapters.hf;

import io.peft4j.api.InputException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression of a configuration file, matched with bounded effort: the file may come from
 * anywhere, and some expressions take time that is exponential in the text.
 */
final class NamePattern {
  private static final int LONGEST = 4000;
  private static final int STEPS = 200_000;
  private static final int DEEPEST = 50;

  /** Counted repetitions of nothing read no text, and so are not counted as steps. */
  private static final int MOST_COUNTS = 2;

  private static final Pattern LARGE_COUNT = Pattern.compile("\\{[^}]*\\d{4}");

  private static final int SHOWN = 60;

  private final Pattern pattern;
  private final String text;

  /**
   * @param where begins messages
   */
  NamePattern(String text, String where) {
    this.text = text;
    if (text.length() > LONGEST
        || count("([", text) > DEEPEST
        || count("{", text) > MOST_COUNTS
        || LARGE_COUNT.matcher(text).find()) {
      throw new InputException(
          "%s: the expression '%s' is too long or too deep for names of modules"
              .formatted(where, text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text));
    }
    try {
      this.pattern = Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new InputException(
          "%s: '%s' is no regular expression: %s".formatted(where, text, e.getDescription()), e);
    }
  }

  private static long count(String characters, String text) {
    return text.chars().filter(c -> characters.indexOf(c) >= 0).count();
  }

  /** Whether the whole name matches. */
  boolean matches(String name) {
    return matcher(name).matches();
  }

  /** A matcher that gives up on an expression that takes too long. */
  Matcher matcher(String name) {
    return pattern.matcher(new Counted(name, new int[] {STEPS}, text));
  }

  /** Text that counts how often it is read. */
  private record Counted(CharSequence text, int[] left, String pattern) implements CharSequence {
    @Override
    public char charAt(int index) {
      if (--left[0] < 0) {
        throw new InputException(
            "the expression '%s' takes too long on '%s'; name modules instead"
                .formatted(pattern, text));
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Counted(text.subSequence(start, end), left, pattern);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
