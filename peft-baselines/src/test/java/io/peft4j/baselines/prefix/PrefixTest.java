package io.peft4j.baselines.prefix;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.routing.Stream;
import io.peft4j.baselines.Published;
import io.peft4j.baselines.oracle.Dense;
import io.peft4j.baselines.oracle.PlainAttention;
import io.peft4j.baselines.oracle.SiteOracle;
import io.peft4j.testkit.BackboneUnderTest;
import io.peft4j.testkit.MicroBackbones;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention over keys and values of which some are trained, or made by a network. */
class PrefixTest {
  @Test
  void trainedKeysAndValuesInWindows() {
    check(MicroBackbones.swin(), Stream.SHARED, "false");
  }

  @Test
  void trainedKeysAndValuesBesideReducedOnes() {
    check(MicroBackbones.pvt(), Stream.of("semseg"), "true");
  }

  private static void check(BackboneUnderTest backbone, Stream stream, String perTask) {
    SiteOracle oracle =
        SiteOracle.of(backbone, "prefix", Map.of("prefixes", "3", "perTask", perTask));
    List<AttentionSite> sites = sites(oracle, stream);
    assertEquals(4, sites.size());
    for (AttentionSite site : sites) {
      PlainAttention attention = new PlainAttention(oracle, site, stream);
      oracle.check(site, stream, p -> attention.with(p.get("prefix_keys"), p.get("prefix_values")));
    }
  }

  @Test
  void keysAndValuesThatANetworkMakes() {
    SiteOracle oracle =
        SiteOracle.of(
            MicroBackbones.swin(),
            "prefix",
            Map.of("prefixes", "2", "reparametrized", "true", "embedding", "3", "hidden", "4"));
    // of the shared network's gradients only those of the last attention stand alone
    AttentionSite site = sites(oracle, Stream.SHARED).get(3);
    PlainAttention attention = new PlainAttention(oracle, site, Stream.SHARED);
    double[][] hidden =
        Dense.map(
            Dense.linear(
                array(oracle, "prefix.embedding"),
                array(oracle, "prefix.hidden.weight"),
                array(oracle, "prefix.hidden.bias")[0]),
            Math::tanh);
    int width = site.heads() * site.headDim();
    oracle.check(
        site,
        Stream.SHARED,
        p -> {
          double[][] both = Dense.linear(hidden, p.get("prefix_weight"), p.get("prefix_bias")[0]);
          return attention.with(
              Dense.columns(both, 0, width), Dense.columns(both, width, 2 * width));
        });
    AttentionSite first = sites(oracle, Stream.SHARED).get(0);
    PlainAttention firstAttention = new PlainAttention(oracle, first, Stream.SHARED);
    int firstWidth = first.heads() * first.headDim();
    double[][] out = array(oracle, first.path() + ".prefix_weight");
    double[] offset = array(oracle, first.path() + ".prefix_bias")[0];
    // before the first attention there is none that the network reaches
    oracle.check(
        first,
        Stream.SHARED,
        Map.of(
            "rows", "prefix.embedding",
            "weight", "prefix.hidden.weight",
            "bias", "prefix.hidden.bias"),
        p -> {
          double[][] made =
              Dense.map(Dense.linear(p.get("rows"), p.get("weight"), p.get("bias")[0]), Math::tanh);
          double[][] both = Dense.linear(made, out, offset);
          return firstAttention.with(
              Dense.columns(both, 0, firstWidth), Dense.columns(both, firstWidth, 2 * firstWidth));
        });
  }

  private static double[][] array(SiteOracle oracle, String name) {
    return Dense.of(oracle.model().arrays().get(name));
  }

  private static List<AttentionSite> sites(SiteOracle oracle, Stream stream) {
    return oracle.model().emission().adapted().stream()
        .filter(a -> a.stream().equals(stream))
        .map(a -> (AttentionSite) a.site())
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "swin-tiny; ; 176640", // 40 · 4,416
        "pvt-small; prefixes=10 perTask=true; 332800", // 4 · 20 · 4,160
        // 20·64 + 65·128 + 2·4,416·129
        "swin-tiny; reparametrized=true; 1148928",
      })
  void numbers(String backbone, String options, long numbers) {
    Published.assertTrains(numbers, backbone, "prefix", options);
  }
}
