package io.peft4j.baselines.reft;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Ops;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Which tokens of an image are changed: all, or the first and the last few.
 *
 * @param all true for all
 * @param first how many of the first
 * @param last how many of the last
 */
record Tokens(boolean all, int first, int last) {
  private static final Pattern GRAMMAR = Pattern.compile("(?:f(\\d{1,6}))?\\+?(?:l(\\d{1,6}))?");

  /** Reads {@code all}, {@code f4}, {@code l2} or {@code f4+l2}, the notation of the authors. */
  static Tokens of(String text) {
    if (text.equals("all")) {
      return new Tokens(true, 0, 0);
    }
    Matcher matcher = GRAMMAR.matcher(text);
    boolean joins = text.contains("+");
    if (matcher.matches() && joins == (matcher.group(1) != null && matcher.group(2) != null)) {
      int first = number(matcher.group(1));
      int last = number(matcher.group(2));
      if (first + last > 0) {
        return new Tokens(false, first, last);
      }
    }
    throw new InputException(
        "tokens '%s' is not all, f<first>, l<last> or f<first>+l<last>, such as f4+l4"
            .formatted(text));
  }

  private static int number(@org.jspecify.annotations.Nullable String digits) {
    return digits == null ? 0 : Integer.parseInt(digits);
  }

  /** Refuses a tap that has fewer tokens. */
  void requireFit(TapSite tap) {
    if (first + last > tap.rows()) {
      throw new InputException(
          "tokens f%d+l%d: site %s has %d tokens; name fewer, or all"
              .formatted(first, last, tap.path(), tap.rows()));
    }
  }

  /**
   * The changed rows where tokens are chosen, the plain rows elsewhere: {@code [batch·rows, C]}.
   */
  SDVariable choose(Ops ops, TapSite tap, SDVariable plain, SDVariable changed) {
    if (all) {
      return changed;
    }
    int rows = tap.rows();
    int end = rows - last;
    List<SDVariable> parts = new ArrayList<>();
    add(parts, ops, byImage(tap, changed), 0, first);
    add(parts, ops, byImage(tap, plain), first, end);
    add(parts, ops, byImage(tap, changed), end, rows);
    return ops.concat(1, parts.toArray(SDVariable[]::new)).reshape(-1, tap.width());
  }

  private static SDVariable byImage(TapSite tap, SDVariable rows) {
    return rows.reshape(-1, tap.rows(), tap.width());
  }

  private static void add(List<SDVariable> parts, Ops ops, SDVariable x, int from, int to) {
    if (from < to) {
      parts.add(ops.slice(x, 1, from, to));
    }
  }
}
