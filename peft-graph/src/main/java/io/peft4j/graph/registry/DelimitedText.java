package io.peft4j.graph.registry;

import java.util.ArrayList;
import java.util.List;

/**
 * Text cut at a delimiter that can be escaped by a backslash.
 *
 * <p>Only backslashes directly before the delimiter count: {@code 2n} of them stand for {@code n}
 * and the delimiter cuts; {@code 2n+1} stand for {@code n} and the delimiter is a letter. All
 * others are letters, so a regular expression needs no doubled backslashes.
 */
final class DelimitedText {
  private DelimitedText() {}

  /** Cuts at every delimiter, or at the first {@code limit - 1}. */
  static List<String> split(String text, char delimiter, int limit) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    int i = 0;
    while (i < text.length()) {
      if (parts.size() == limit - 1) {
        part.append(text, i, text.length());
        break;
      }
      int run = backslashes(text, i);
      int end = i + run;
      if (end < text.length() && text.charAt(end) == delimiter) {
        part.append("\\".repeat(run / 2));
        if (run % 2 == 1) {
          part.append(delimiter);
        } else {
          parts.add(part.toString());
          part.setLength(0);
        }
        i = end + 1;
      } else {
        int letters = Math.max(run, 1);
        part.append(text, i, i + letters);
        i += letters;
      }
    }
    parts.add(part.toString());
    return parts;
  }

  /** The inverse of {@link #split} without a limit. */
  static String join(List<String> parts, char delimiter) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) {
      boolean last = i == parts.size() - 1;
      text.append(escape(parts.get(i), delimiter, !last));
      if (!last) {
        text.append(delimiter);
      }
    }
    return text.toString();
  }

  /**
   * Escapes the delimiters of a part.
   *
   * @param cutAfter true if a cutting delimiter follows, which trailing backslashes must not escape
   */
  static String escape(String part, char delimiter, boolean cutAfter) {
    StringBuilder text = new StringBuilder();
    int i = 0;
    while (i < part.length()) {
      int run = backslashes(part, i);
      int end = i + run;
      if (end == part.length()) {
        text.append("\\".repeat(cutAfter ? 2 * run : run));
        break;
      }
      char c = part.charAt(end);
      text.append("\\".repeat(c == delimiter ? 2 * run + 1 : run)).append(c);
      i = end + 1;
    }
    return text.toString();
  }

  private static int backslashes(String text, int from) {
    int end = from;
    while (end < text.length() && text.charAt(end) == '\\') {
      end++;
    }
    return end - from;
  }
}
