package io.peft4j.api.select;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Lists;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Laws of selection on a backbone with all kinds of sites. */
class SiteSelectorProperties {
  private static final Backbone SWIN = SwinTables.of(8, new int[] {2, 1, 3}, new int[] {1, 2, 4});

  @Property(tries = 100)
  void matchedAndMissedAreAllSitesOnceInOrder(@ForAll("selectors") SiteSelector selector) {
    MatchReport report = selector.inspect(SWIN);
    List<LinearSite> both = new ArrayList<>(report.matched());
    both.addAll(report.missed());
    assertEquals(SWIN.linearSites().size(), both.size());
    assertEquals(Set.copyOf(SWIN.linearSites()), Set.copyOf(both));
    assertEquals(
        SWIN.linearSites().stream().filter(Set.copyOf(report.matched())::contains).toList(),
        report.matched());
  }

  @Property(tries = 100)
  void anExclusionNeverAdds(
      @ForAll("selectors") SiteSelector selector, @ForAll("terms") String term) {
    List<String> more = new ArrayList<>(selector.exclude());
    more.add(term);
    SiteSelector stricter =
        new SiteSelector(selector.targets(), more, selector.stages(), selector.blocks());
    assertTrue(matched(selector).containsAll(matched(stricter)));
    assertTrue(matched(stricter).stream().noneMatch(s -> SiteSelector.matches(term, s)));
  }

  @Property(tries = 100)
  void aTargetNeverRemoves(
      @ForAll("selectors") SiteSelector selector, @ForAll("terms") String term) {
    List<String> more = new ArrayList<>(selector.targets());
    more.add(term);
    SiteSelector wider =
        new SiteSelector(more, selector.exclude(), selector.stages(), selector.blocks());
    assertTrue(matched(wider).containsAll(matched(selector)));
  }

  @Property(tries = 100)
  void theOrderOfTermsDoesNotMatter(@ForAll("selectors") SiteSelector selector) {
    SiteSelector reversed =
        new SiteSelector(
            Lists.reverse(selector.targets()),
            Lists.reverse(selector.exclude()),
            Lists.reverse(selector.stages()),
            Lists.reverse(selector.blocks()));
    assertEquals(matched(selector), matched(reversed));
  }

  @Property(tries = 100)
  void selectGivesTheMatchesOrNamesAnIdleTerm(@ForAll("selectors") SiteSelector selector) {
    MatchReport report = selector.inspect(SWIN);
    try {
      assertEquals(report.matched(), selector.select(SWIN));
      assertTrue(report.idleTerms().isEmpty() && !report.matched().isEmpty());
    } catch (InputException e) {
      boolean named = report.idleTerms().stream().anyMatch(t -> e.getMessage().contains(t));
      assertTrue(named || report.matched().isEmpty(), e.getMessage());
    }
  }

  @Property(tries = 50)
  void everyPathSelectsItsSiteAlone(@ForAll("sites") LinearSite site) {
    assertEquals(List.of(site), SiteSelector.of(site.path()).select(SWIN));
  }

  @Provide
  Arbitrary<LinearSite> sites() {
    return Arbitraries.of(SWIN.linearSites());
  }

  @Provide
  Arbitrary<String> terms() {
    return Arbitraries.of(
        "attn",
        "mlp",
        "attn+mlp",
        "all-linear",
        "merging",
        "patch_embed",
        "qkv",
        "proj",
        "fc1",
        "mlp.fc2",
        "blocks.0.attn.qkv",
        "reduction",
        "re:layers\\.0\\..*",
        "re:.*\\.fc[12]",
        "re:nothing",
        "no.such.site");
  }

  @Provide
  Arbitrary<SiteSelector> selectors() {
    return Combinators.combine(
            terms().list().ofMinSize(1).ofMaxSize(3),
            terms().list().ofMaxSize(2),
            Arbitraries.integers().between(0, 2).list().ofMaxSize(2),
            Arbitraries.integers().between(-3, 2).list().ofMaxSize(2))
        .as(SiteSelector::new);
  }

  private static List<LinearSite> matched(SiteSelector selector) {
    return selector.inspect(SWIN).matched();
  }
}
