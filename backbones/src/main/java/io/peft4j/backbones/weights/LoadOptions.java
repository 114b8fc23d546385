package io.peft4j.backbones.weights;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How a checkpoint is read.
 *
 * @param names id of the code whose names the checkpoint has, such as {@code timm}; {@link #DETECT}
 *     to tell by the names themselves
 * @param allowMissing parameters that may be missing; they keep the start values of the
 *     architecture. {@code *} stands for any characters
 * @param allowUnexpected entries of the checkpoint that may be left over, alike
 * @param allowResize whether tables of relative positions may be resized from another window than
 *     the architecture's, which makes another network of it
 */
public record LoadOptions(
    String names, List<String> allowMissing, List<String> allowUnexpected, boolean allowResize) {
  /** Names are told by themselves. */
  public static final String DETECT = "detect";

  /** Names detected, nothing missing, nothing left over, no window changed. */
  public static final LoadOptions STRICT = new LoadOptions(DETECT, List.of(), List.of(), false);

  /** Copies the lists. */
  public LoadOptions {
    allowMissing = ImmutableList.copyOf(allowMissing);
    allowUnexpected = ImmutableList.copyOf(allowUnexpected);
  }

  /** With the names of a code. */
  public LoadOptions withNames(String value) {
    return new LoadOptions(value, allowMissing, allowUnexpected, allowResize);
  }

  /** With parameters that may be missing. */
  public LoadOptions withAllowMissing(List<String> patterns) {
    return new LoadOptions(names, patterns, allowUnexpected, allowResize);
  }

  /** With entries that may be left over. */
  public LoadOptions withAllowUnexpected(List<String> patterns) {
    return new LoadOptions(names, allowMissing, patterns, allowResize);
  }

  /** With tables that may come from another window, or not. */
  public LoadOptions withAllowResize(boolean value) {
    return new LoadOptions(names, allowMissing, allowUnexpected, value);
  }

  /** Whether one of the patterns is this name. */
  static boolean matches(List<String> patterns, String name) {
    return patterns.stream().anyMatch(p -> pattern(p).matcher(name).matches());
  }

  private static Pattern pattern(String text) {
    return Pattern.compile("\\Q" + text.replace("\\E", "").replace("*", "\\E.*\\Q") + "\\E");
  }
}
