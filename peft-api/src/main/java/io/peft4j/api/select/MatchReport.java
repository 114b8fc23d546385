package io.peft4j.api.select;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.backbone.LinearSite;
import java.util.List;

/**
 * What a selector does on a backbone.
 *
 * @param backbone id of the backbone
 * @param matched sites selected, in the order of the forward pass
 * @param missed the other linear sites
 * @param idleTerms targets and exclusions that match no site at all
 * @param known groups and names that terms may use on this backbone
 */
public record MatchReport(
    String backbone,
    List<LinearSite> matched,
    List<LinearSite> missed,
    List<String> idleTerms,
    List<String> known) {
  /** Copies the lists. */
  public MatchReport {
    matched = ImmutableList.copyOf(matched);
    missed = ImmutableList.copyOf(missed);
    idleTerms = ImmutableList.copyOf(idleTerms);
    known = ImmutableList.copyOf(known);
  }

  /** What the user probably meant by a term that matches nothing. */
  public String hint(String term) {
    return NearestName.of(term, known)
        .map(k -> "; did you mean '" + k + "'?")
        .orElse("; known: " + String.join(", ", shortNames()));
  }

  /**
   * Refuses a selector of which nothing, or not every term, matches.
   *
   * @throws InputException naming the first idle term
   */
  public void requireEveryTermToMatch() {
    if (!idleTerms.isEmpty()) {
      String term = idleTerms.get(0);
      throw new InputException(
          "'%s' matches no linear site of %s%s".formatted(term, backbone, hint(term)));
    }
    if (matched.isEmpty()) {
      throw new InputException(
          "targets, exclusions, stages and blocks together leave no site of %s; "
                  .formatted(backbone)
              + "widen one of them (peft inspect shows the sites)");
    }
  }

  private List<String> shortNames() {
    return known.stream().filter(k -> k.chars().filter(c -> c == '.').count() <= 1).toList();
  }
}
