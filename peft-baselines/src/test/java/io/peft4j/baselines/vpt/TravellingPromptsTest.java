package io.peft4j.baselines.vpt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.routing.Stream;
import io.peft4j.baselines.Published;
import io.peft4j.baselines.oracle.Dense;
import io.peft4j.baselines.oracle.PlainAttention;
import io.peft4j.baselines.oracle.SiteOracle;
import io.peft4j.testkit.MicroBackbones;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts as the original code has them, walked through a backbone by hand. */
class TravellingPromptsTest {
  private static final int IMAGES = 2;
  private static final double EPS = 1e-5;

  @ParameterizedTest
  @ValueSource(strings = {"false", "true"})
  void promptsTravelThroughAllBlocksAndMergings(String perTask) {
    Stream stream = perTask.equals("true") ? Stream.of("depth") : Stream.SHARED;
    SiteOracle oracle =
        SiteOracle.of(
            MicroBackbones.swin(),
            "vpt-shallow",
            Map.of("prompts", "3", "official", "true", "perTask", perTask));
    List<AttentionSite> sites = sites(oracle, stream);
    assertEquals(4, sites.size());
    String end = stream.isShared() ? "" : "." + stream.id();
    double[][] prompts =
        oracle.model().arrays().get(sites.get(0).path() + ".prompts" + end).toDoubleMatrix();
    double[][][] travelling = new double[IMAGES][][];
    Arrays.fill(travelling, prompts);
    for (AttentionSite site : sites) {
      String block = "layers.%d.blocks.%d".formatted(site.place().stage(), site.place().block());
      PlainAttention attention = new PlainAttention(oracle, site, stream);
      int width = site.heads() * site.headDim();
      double[][][] qkv = new double[IMAGES][][];
      for (int i = 0; i < IMAGES; i++) {
        qkv[i] =
            linear(oracle, block + ".attn.qkv", normed(oracle, block + ".norm1", travelling[i]));
      }
      oracle.checkValue(
          site,
          stream,
          attention.with(
              image -> Dense.columns(qkv[image], width, 2 * width),
              image -> Dense.columns(qkv[image], 2 * width, 3 * width)));
      for (int i = 0; i < IMAGES; i++) {
        double[][] found =
            attention.found(
                i,
                Dense.columns(qkv[i], 0, width),
                Dense.columns(qkv[i], width, 2 * width),
                Dense.columns(qkv[i], 2 * width, 3 * width));
        double[][] sum = Dense.sum(travelling[i], 1, linear(oracle, block + ".attn.proj", found));
        double[][] hidden =
            Dense.map(
                linear(oracle, block + ".mlp.fc1", normed(oracle, block + ".norm2", sum)),
                Dense::gelu);
        travelling[i] = Dense.sum(sum, 1, linear(oracle, block + ".mlp.fc2", hidden));
        if (site.place().stage() == 0 && site.place().isLastBlock()) {
          travelling[i] = merged(oracle, travelling[i]);
        }
      }
    }
    double moved = 0;
    for (int j = 0; j < travelling[0][0].length; j++) {
      moved += Math.abs(travelling[0][0][j] - travelling[1][0][j]);
    }
    assertTrue(moved > 1e-3, "each image has made its own of the prompts");
  }

  @Test
  void deepPromptsPassTheNormFirst() {
    SiteOracle oracle =
        SiteOracle.of(MicroBackbones.pvt(), "vpt-deep", Map.of("prompts", "3", "official", "true"));
    for (AttentionSite site : sites(oracle, Stream.SHARED)) {
      String block = site.path().substring(0, site.path().lastIndexOf(".attn"));
      PlainAttention attention = new PlainAttention(oracle, site, Stream.SHARED);
      int width = site.heads() * site.headDim();
      oracle.check(
          site,
          Stream.SHARED,
          p -> {
            double[][] normed = normed(oracle, block + ".norm1", p.get("prompts"), 1e-6);
            double[][] kv = linear(oracle, block + ".attn.kv", normed);
            return attention.with(Dense.columns(kv, 0, width), Dense.columns(kv, width, 2 * width));
          });
    }
  }

  @Test
  void aBackboneWithoutWindowsIsRefused() {
    InputException error =
        assertThrows(
            InputException.class,
            () -> Published.count("pvt-small", "vpt-shallow", "official=true"));
    assertTrue(error.getMessage().contains("which pvt-small does not have"), error.getMessage());
  }

  private static double[][] merged(SiteOracle oracle, double[][] x) {
    double[][] four = new double[x.length][4 * x[0].length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < four[i].length; j++) {
        four[i][j] = x[i][j % x[i].length];
      }
    }
    double[][] normed = normed(oracle, "layers.0.downsample.norm", four);
    double[][] weight = oracle.frozen("layers.0.downsample.reduction.weight");
    return Dense.product(normed, Dense.transposed(weight));
  }

  private static double[][] normed(SiteOracle oracle, String norm, double[][] x) {
    return normed(oracle, norm, x, EPS);
  }

  private static double[][] normed(SiteOracle oracle, String norm, double[][] x, double eps) {
    double[] gain = oracle.frozen(norm + ".weight")[0];
    return Dense.layerNorm(x, gain, oracle.frozen(norm + ".bias")[0], eps);
  }

  private static double[][] linear(SiteOracle oracle, String layer, double[][] x) {
    return Dense.linear(x, oracle.frozen(layer + ".weight"), oracle.frozen(layer + ".bias")[0]);
  }

  private static List<AttentionSite> sites(SiteOracle oracle, Stream stream) {
    return oracle.model().emission().adapted().stream()
        .filter(a -> a.stream().equals(stream))
        .map(a -> (AttentionSite) a.site())
        .sorted(java.util.Comparator.comparingInt(s -> 10 * s.place().stage() + s.place().block()))
        .toList();
  }
}
