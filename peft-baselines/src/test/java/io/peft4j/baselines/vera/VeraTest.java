package io.peft4j.baselines.vera;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.routing.Stream;
import io.peft4j.baselines.Published;
import io.peft4j.baselines.oracle.Dense;
import io.peft4j.baselines.oracle.SiteOracle;
import io.peft4j.testkit.MicroBackbones;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The update is {@code Λ_b B Λ_d A} with A and B random, shared and of the stated spread. */
class VeraTest {
  @ParameterizedTest
  @CsvSource({"0.0", "0.2"}) // as a weight, and beside the layer
  void theUpdateOfALayer(String dropout) {
    SiteOracle oracle =
        SiteOracle.of(
            MicroBackbones.swin(),
            "vera",
            Map.of("rank", "5", "dropout", dropout, "targets", "attn.proj,fc1"));
    List<LinearSite> sites =
        oracle.model().emission().adapted().stream().map(a -> (LinearSite) a.site()).toList();
    assertEquals(8, sites.size());
    SameDiff graph = oracle.model().target().graph();
    for (LinearSite site : sites) {
      double[][] x = oracle.rows(site.input(), Stream.SHARED);
      double[][] w = oracle.frozen(site.weight());
      double[] bias = oracle.frozen(site.bias().orElseThrow())[0];
      double[][] a = graph.getVariable(site.path() + ".vera_A").getArr().toDoubleMatrix();
      double[][] b = graph.getVariable(site.path() + ".vera_B").getArr().toDoubleMatrix();
      oracle.check(
          site,
          Stream.SHARED,
          p -> {
            double[][] low = Dense.product(x, Dense.transposed(a));
            double[][] scaled = Dense.scaled(low, p.get("vera_d")[0]);
            double[][] high = Dense.product(scaled, Dense.transposed(b));
            return Dense.sum(Dense.linear(x, w, bias), 1, Dense.scaled(high, p.get("vera_b")[0]));
          });
    }
  }

  @Test
  void allLayersSeeTheSameMatrices() {
    SiteOracle oracle = SiteOracle.of(MicroBackbones.swin(), "vera", Map.of("rank", "40"));
    INDArray narrow = matrix(oracle, "layers.0.blocks.0.attn.proj.vera_A"); // of 8
    INDArray wide = matrix(oracle, "layers.1.blocks.0.mlp.fc2.vera_A"); // of 64, the widest
    for (int i = 0; i < 40; i++) {
      for (int j = 0; j < 8; j++) {
        assertEquals(wide.getDouble(i, j), narrow.getDouble(i, j));
      }
    }
    double bound = Math.sqrt(6.0 / 64);
    double largest = wide.amaxNumber().doubleValue();
    assertTrue(largest <= bound && largest > 0.98 * bound, "A: " + largest);
    INDArray up = matrix(oracle, "layers.1.blocks.0.mlp.fc1.vera_B");
    double boundOfUp = Math.sqrt(6.0 / 40);
    double largestOfUp = up.amaxNumber().doubleValue();
    assertTrue(largestOfUp <= boundOfUp && largestOfUp > 0.98 * boundOfUp, "B: " + largestOfUp);
    SiteOracle other =
        SiteOracle.of(MicroBackbones.swin(), "vera", Map.of("rank", "40", "seed", "1"));
    assertNotEquals(wide, matrix(other, "layers.1.blocks.0.mlp.fc2.vera_A"));
  }

  private static INDArray matrix(SiteOracle oracle, String name) {
    return oracle.model().target().graph().getVariable(name).getArr();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "rank=256; 52032", // 48 · 256 + 39,744
        "rank=64 targets=qkv perTask=true; 56064", // 4 (12 · 64 + 3 · 4,416)
      })
  void numbersOnSwinTiny(String options, long numbers) {
    Published.assertTrains(numbers, "swin-tiny", "vera", options);
  }

  @Test
  void anUnknownTargetIsRefused() {
    Published.assertRefused("did you mean 'qkv'?", "vera", "targets=kqv");
  }
}
