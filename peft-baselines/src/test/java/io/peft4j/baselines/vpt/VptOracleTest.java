package io.peft4j.baselines.vpt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.routing.Stream;
import io.peft4j.baselines.oracle.Dense;
import io.peft4j.baselines.oracle.PlainAttention;
import io.peft4j.baselines.oracle.SiteOracle;
import io.peft4j.testkit.BackboneUnderTest;
import io.peft4j.testkit.MicroBackbones;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Prompts are tokens of every window that are not normalised and are dropped afterwards. */
class VptOracleTest {
  @Test
  void deepPromptsInWindowsShiftedAndNot() {
    SiteOracle oracle = oracle("vpt-deep", MicroBackbones.swin(), "false");
    List<AttentionSite> sites = check(oracle, Role.ATTN_QKV, Stream.SHARED);
    assertEquals(4, sites.size());
    assertTrue(
        sites.stream().anyMatch(s -> new PlainAttention(oracle, s, Stream.SHARED).isMasked()));
  }

  @Test
  void deepPromptsBesideReducedKeys() {
    assertEquals(
        4,
        check(oracle("vpt-deep", MicroBackbones.pvt(), "false"), Role.ATTN_KV, Stream.SHARED)
            .size());
  }

  @Test
  void promptsOfOneTask() {
    check(oracle("vpt-deep", MicroBackbones.swin(), "true"), Role.ATTN_QKV, Stream.of("depth"));
  }

  @Test
  void shallowPromptsInTheFirstBlockAlone() {
    SiteOracle oracle = oracle("vpt-shallow", MicroBackbones.swin(), "false");
    assertEquals(1, oracle.model().arrays().size());
    assertEquals(1, check(oracle, Role.ATTN_QKV, Stream.SHARED).size());
  }

  private static SiteOracle oracle(String method, BackboneUnderTest backbone, String perTask) {
    return SiteOracle.of(backbone, method, Map.of("prompts", "3", "perTask", perTask));
  }

  /** Checks every site with prompts, and gives them. */
  private static List<AttentionSite> check(SiteOracle oracle, String role, Stream stream) {
    List<AttentionSite> sites =
        oracle.model().emission().adapted().stream()
            .filter(a -> a.stream().equals(stream))
            .map(a -> (AttentionSite) a.site())
            .toList();
    for (AttentionSite site : sites) {
      LinearSite projection =
          oracle.model().backbone().linearSites().stream()
              .filter(l -> l.place().role().equals(role))
              .filter(l -> l.place().stage() == site.place().stage())
              .filter(l -> l.place().block() == site.place().block())
              .findFirst()
              .orElseThrow();
      double[][] weight = oracle.frozen(projection.weight());
      double[] bias = oracle.frozen(projection.bias().orElseThrow())[0];
      PlainAttention attention = new PlainAttention(oracle, site, stream);
      int width = site.heads() * site.headDim();
      oracle.check(
          site,
          stream,
          p -> {
            double[][] all = Dense.linear(p.get("prompts"), weight, bias);
            int end = all[0].length;
            return attention.with(
                Dense.columns(all, end - 2 * width, end - width),
                Dense.columns(all, end - width, end));
          });
    }
    return sites;
  }
}
