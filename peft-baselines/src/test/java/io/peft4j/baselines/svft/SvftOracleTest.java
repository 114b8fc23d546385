package io.peft4j.baselines.svft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.linalg.Svd;
import io.peft4j.api.routing.Stream;
import io.peft4j.baselines.oracle.Dense;
import io.peft4j.baselines.oracle.SiteOracle;
import io.peft4j.testkit.MicroBackbones;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The layer is {@code x (U (S + g·M) Vᵀ)ᵀ + b}, with M written out as a matrix. */
class SvftOracleTest {
  /** Square, wider than high, higher than wide. */
  private static final String SITES = "blocks.1.attn.proj,blocks.0.mlp.fc2,blocks.1.attn.qkv";

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void aBandOfDiagonals(int k) {
    check(
        Map.of("pattern", "banded", "offDiagonals", "" + k),
        (values, svd) -> {
          int n = svd.values().length;
          double[][] m = new double[n][n];
          int at = 0;
          for (int d = -k; d <= k; d++) {
            for (int i = 0; i < n; i++) {
              if (i + d >= 0 && i + d < n) {
                m[i][i + d] = values[at++];
              }
            }
          }
          assertEquals(values.length, at);
          return m;
        });
  }

  @Test
  void theLargestAgreements() {
    check(
        Map.of("pattern", "top-k", "offDiagonals", "1"),
        (values, svd) -> {
          int n = svd.values().length;
          double[][] u = Dense.transposed(svd.left());
          double[][] agreement =
              u.length == n && svd.right()[0].length == n
                  ? Dense.product(u, Dense.transposed(svd.right()))
                  : u.length == n ? u : svd.right();
          List<int[]> places = new ArrayList<>();
          for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
              places.add(new int[] {i, j});
            }
          }
          places.sort(Comparator.comparingDouble(p -> -agreement[p[0]][p[1]]));
          assertEquals(3 * n - 2, values.length);
          double[][] m = new double[n][n];
          for (int i = 0; i < values.length; i++) {
            m[places.get(i)[0]][places.get(i)[1]] += values[i];
          }
          return m;
        });
  }

  @Test
  void truncatedWithoutItsTail() {
    SiteOracle oracle =
        SiteOracle.of(
            MicroBackbones.swin(),
            "svft",
            Map.of("targets", "blocks.1.attn.proj", "rank", "3", "tail", "drop"));
    for (LinearSite site : sites(oracle)) {
      Svd svd = Svd.of(oracle.frozen(site.weight()), 3);
      compare(oracle, site, p -> weight(svd, svd.values(), diagonal(scaled(p))));
    }
  }

  @Test
  void truncatedWithItsTail() {
    SiteOracle oracle =
        SiteOracle.of(
            MicroBackbones.swin(), "svft", Map.of("targets", "blocks.1.attn.proj", "rank", "3"));
    for (LinearSite site : sites(oracle)) {
      double[][] w = oracle.frozen(site.weight());
      Svd svd = Svd.of(w, 3);
      compare(oracle, site, p -> Dense.sum(w, 1, weight(svd, new double[3], diagonal(scaled(p)))));
    }
  }

  @Test
  void randomPlacesAreTheSitesOwnAndStayWithTheSeed() {
    Entries entries = Entries.random(10, 44, 3);
    Set<Integer> distinct = new HashSet<>();
    for (int i = 0; i < 44; i++) {
      assertTrue(entries.rows()[i] < 10 && entries.columns()[i] < 10);
      distinct.add(10 * entries.rows()[i] + entries.columns()[i]);
    }
    assertTrue(distinct.size() > 25 && distinct.size() < 44, "with replacement: " + distinct);
    assertEquals(
        List.of(java.util.Arrays.hashCode(entries.rows())),
        List.of(java.util.Arrays.hashCode(Entries.random(10, 44, 3).rows())));
  }

  private static void check(
      Map<String, String> options, BiFunction<double[], Svd, double[][]> middle) {
    Map<String, String> all = new HashMap<>(options);
    all.put("targets", SITES);
    SiteOracle oracle = SiteOracle.of(MicroBackbones.swin(), "svft", all);
    assertEquals(6, sites(oracle).size());
    for (LinearSite site : sites(oracle)) {
      double[][] w = oracle.frozen(site.weight());
      Svd svd = Svd.of(w, Math.min(site.in(), site.out()));
      compare(oracle, site, p -> weight(svd, svd.values(), middle.apply(scaled(p), svd)));
    }
  }

  private static void compare(
      SiteOracle oracle, LinearSite site, Function<Map<String, double[][]>, double[][]> weight) {
    double[][] x = oracle.rows(site.input(), Stream.SHARED);
    double[] bias = oracle.frozen(site.bias().orElseThrow())[0];
    oracle.check(site, Stream.SHARED, p -> Dense.linear(x, weight.apply(p), bias));
  }

  private static List<LinearSite> sites(SiteOracle oracle) {
    return oracle.model().emission().adapted().stream().map(a -> (LinearSite) a.site()).toList();
  }

  /** Entries times the gate. */
  private static double[] scaled(Map<String, double[][]> p) {
    double gate = 1 / (1 + Math.exp(-p.get("gate")[0][0]));
    return java.util.Arrays.stream(p.get("entries")[0]).map(v -> v * gate).toArray();
  }

  private static double[][] diagonal(double[] values) {
    double[][] m = new double[values.length][values.length];
    for (int i = 0; i < values.length; i++) {
      m[i][i] = values[i];
    }
    return m;
  }

  /** {@code U (S + M) Vᵀ}. */
  private static double[][] weight(Svd svd, double[] values, double[][] m) {
    double[][] middle = Dense.sum(diagonal(values), 1, m);
    return Dense.product(Dense.product(Dense.transposed(svd.left()), middle), svd.right());
  }
}
