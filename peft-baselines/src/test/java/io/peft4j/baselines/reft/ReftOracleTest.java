package io.peft4j.baselines.reft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Site;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.routing.Stream;
import io.peft4j.baselines.oracle.Dense;
import io.peft4j.baselines.oracle.SiteOracle;
import io.peft4j.testkit.BackboneUnderTest;
import io.peft4j.testkit.MicroBackbones;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Interventions compute the equations of the paper, written out here a second time. */
class ReftOracleTest {
  private static final String LAST = "layers.0.blocks.1";

  @ParameterizedTest
  @CsvSource({
    "loreft, linear",
    "loreft, tanh",
    "noreft, linear",
    "noreft, swish",
    "consreft, linear",
    "direft, linear",
    "direft, gelu"
  })
  void everyForm(String form, String activation) {
    Map<String, String> options =
        Map.of("form", form, "activation", activation, "rank", "3", "stages", "0");
    SiteOracle oracle = oracle(MicroBackbones.swin(), options);
    for (Site site : sites(oracle)) {
      double[][] h = unchangedBlock(oracle, (TapSite) site);
      oracle.check(site, Stream.SHARED, p -> changed(h, p, form, function(activation)));
    }
    assertEquals(2, sites(oracle).size());
  }

  @Test
  void onlyTheChosenTokens() {
    Map<String, String> options =
        Map.of("rank", "2", "tokens", "f1+l3", "blocks", "-1", "stages", "1");
    SiteOracle oracle = oracle(MicroBackbones.pvt(), options);
    TapSite site = (TapSite) sites(oracle).get(0);
    assertEquals(17, site.rows(), "16 tokens and the class token");
    double[][] h = unchangedBlock(oracle, site);
    oracle.check(
        site,
        Stream.SHARED,
        p -> {
          double[][] all = changed(h, p, "loreft", x -> x);
          return IntStream.range(0, h.length)
              .mapToObj(i -> i % 17 < 1 || i % 17 >= 14 ? all[i] : h[i])
              .toArray(double[][]::new);
        });
  }

  @Test
  void outputsOfLinearLayersOfATask() {
    Map<String, String> options =
        Map.of("at", "linear", "targets", "fc1", "perTask", "true", "rank", "2", "stages", "0");
    SiteOracle oracle = oracle(MicroBackbones.swin(), options);
    Stream stream = Stream.of("depth");
    LinearSite site = (LinearSite) oracle.model().backbone().site(LAST + ".mlp.fc1");
    double[][] h =
        Dense.linear(
            oracle.rows(site.input(), stream),
            oracle.frozen(site.weight()),
            oracle.frozen(site.bias().orElseThrow())[0]);
    oracle.check(site, stream, p -> changed(h, p, "loreft", x -> x));
  }

  private static double[][] changed(
      double[][] h, Map<String, double[][]> p, String form, DoubleUnaryOperator function) {
    double[][] r = p.get("reft_rotation");
    double[] bias = p.get("reft_bias")[0];
    double[][] inside = Dense.product(h, Dense.transposed(r));
    double[][] change =
        switch (form) {
          case "consreft" -> {
            yield Dense.sum(Dense.linear(h, new double[r.length][h[0].length], bias), -1, inside);
          }
          case "direft" -> Dense.map(Dense.linear(h, p.get("reft_source"), bias), function);
          default ->
              Dense.sum(
                  Dense.map(Dense.linear(h, p.get("reft_source"), bias), function), -1, inside);
        };
    return Dense.sum(h, 1, Dense.product(change, r));
  }

  private static DoubleUnaryOperator function(String activation) {
    return switch (activation) {
      case "tanh" -> Math::tanh;
      case "swish" -> x -> x / (1 + Math.exp(-x));
      case "gelu" -> Dense::gelu;
      default -> x -> x;
    };
  }

  /** The block's output as the backbone has it: residual sum plus the MLP's output. */
  private static double[][] unchangedBlock(SiteOracle oracle, TapSite site) {
    String block = site.path().substring(0, site.path().lastIndexOf(".out"));
    Map<String, double[][]> terms = new HashMap<>();
    for (String name : List.of(".residual", ".mlp.fc2")) {
      terms.put(name, oracle.rows(block + name, Stream.SHARED));
    }
    // the noise is off, so that drop-path does nothing
    return Dense.sum(terms.get(".residual"), 1, terms.get(".mlp.fc2"));
  }

  private static SiteOracle oracle(BackboneUnderTest backbone, Map<String, String> options) {
    return SiteOracle.of(backbone, "reft", options);
  }

  private static List<Site> sites(SiteOracle oracle) {
    return oracle.model().emission().adapted().stream().map(a -> a.site()).toList();
  }
}
