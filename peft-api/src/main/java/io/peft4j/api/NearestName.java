package io.peft4j.api;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds what a user probably meant: the known name with the smallest edit distance.
 *
 * <p>Safe for use by several threads.
 */
public final class NearestName {
  private NearestName() {}

  /**
   * The known name nearest to {@code given}, if one is near: at most a third of its letters differ,
   * or one holds the other.
   */
  public static Optional<String> of(String given, Collection<String> known) {
    String g = given.toLowerCase(Locale.ROOT);
    return known.stream()
        .filter(k -> isNear(g, k.toLowerCase(Locale.ROOT)))
        .min(
            Comparator.<String>comparingInt(k -> distance(g, k.toLowerCase(Locale.ROOT)))
                .thenComparing(Comparator.naturalOrder()));
  }

  /** {@code ; did you mean 'x'?} where a name is near, else {@code ; known: a, b, c}. */
  public static String hint(String given, Collection<String> known) {
    return of(given, known)
        .map(k -> "; did you mean '" + k + "'?")
        .orElseGet(
            () ->
                known.isEmpty()
                    ? ""
                    : "; known: " + String.join(", ", known.stream().sorted().toList()));
  }

  private static boolean isNear(String given, String known) {
    boolean holds = given.length() >= 3 && (known.contains(given) || given.contains(known));
    return holds
        || distance(given, known) <= Math.max(1, Math.max(given.length(), known.length()) / 3);
  }

  /**
   * Edit distance in which swapping two neighbours is one edit (optimal string alignment), since
   * that is the commonest slip: {@code lroa} is one edit from {@code lora}.
   */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int substituted = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(substituted, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], 1 + d[i - 2][j - 2]);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
