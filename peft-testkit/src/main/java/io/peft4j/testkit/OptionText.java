package io.peft4j.testkit;

import com.google.common.base.Splitter;
import java.util.LinkedHashMap;
import java.util.Map;

/** Options as tests write them in a line. */
public final class OptionText {
  private static final Splitter OPTIONS = Splitter.on(' ').omitEmptyStrings();

  private OptionText() {}

  /**
   * Options by name.
   *
   * @param text {@code name=value}, separated by blanks; nothing for the defaults
   */
  public static Map<String, String> parse(String text) {
    Map<String, String> options = new LinkedHashMap<>();
    for (String option : OPTIONS.split(text)) {
      String[] pair = option.split("=", 2);
      if (pair.length < 2 || options.put(pair[0], pair[1]) != null) {
        throw new IllegalArgumentException("'%s' in '%s'".formatted(option, text));
      }
    }
    return options;
  }
}
