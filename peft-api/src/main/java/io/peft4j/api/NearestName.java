package io.peft4j.api;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds what a user probably meant: the known name with the smallest edit distance. */
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

  /** Levenshtein distance, one row at a time. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
