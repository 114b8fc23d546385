package io.peft4j.api.select;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import java.util.Map;

/**
 * Values per site by selector terms, such as a rank pattern; the first matching term wins.
 *
 * <p>Safe for use by several threads.
 */
public final class SitePatterns {
  private SitePatterns() {}

  /** The value of the first term that matches the site, or {@code otherwise}. */
  public static <T> T valueFor(LinearSite site, Map<String, T> patterns, T otherwise) {
    return patterns.entrySet().stream()
        .filter(e -> SiteSelector.matches(e.getKey(), site))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(otherwise);
  }

  /**
   * Refuses a pattern with a term that matches no site.
   *
   * @param option name of the option, for the message
   */
  public static void requireMatches(String option, Map<String, ?> patterns, Backbone backbone) {
    for (String term : patterns.keySet()) {
      MatchReport report = SiteSelector.of(term).inspect(backbone);
      if (report.matched().isEmpty()) {
        throw new InputException(
            "%s: '%s' matches no linear site of %s%s"
                .formatted(option, term, backbone.id(), report.hint(term)));
      }
    }
  }
}
