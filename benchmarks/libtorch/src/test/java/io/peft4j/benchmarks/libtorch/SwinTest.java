package io.peft4j.benchmarks.libtorch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Logits and layers are those of the reference code, however attention is computed. */
class SwinTest {
  private static final double ROUNDING = 1e-5;

  private static void assertLogits(String fixture, Attention attention) throws IOException {
    try (ExchangeFile weights = Fixture.open("swin_micro_weights");
        ExchangeFile golden = Fixture.open(fixture)) {
      Map<String, Tensor> loaded = new HashMap<>();
      weights.names().forEach(n -> loaded.put(n, Fixture.tensor(weights, n)));
      Tensor image = golden.tensor("input");
      Swin swin =
          new Swin(
              Swin.depths(loaded.keySet()),
              image.size(2),
              image.size(3),
              loaded::get,
              p -> new Layer.Linear(loaded.get(p + ".weight"), loaded.get(p + ".bias")));
      Tensor logits = swin.logits(image, attention);
      assertTrue(Fixture.difference(logits, golden.tensor("out/logits")) < ROUNDING);
    }
  }

  @ParameterizedTest
  @EnumSource
  void logitsOfSquareImages(Attention attention) throws IOException {
    assertLogits("swin_micro_64x64", attention);
  }

  @ParameterizedTest
  @EnumSource
  void logitsOfOblongImages(Attention attention) throws IOException {
    assertLogits("swin_micro_128x64", attention);
  }

  @Test
  void loraAndItsGradients() throws IOException {
    try (ExchangeFile golden = Fixture.open("lora_linear")) {
      Tensor a = golden.tensor("lora/param/lora_A").set_requires_grad(true);
      Tensor b = golden.tensor("lora/param/lora_B").set_requires_grad(true);
      Tensor x = golden.tensor("lora/x").reshape(-1, 20).set_requires_grad(true);
      Layer layer =
          new Layer.Lora(
              new Layer.Linear(
                  golden.tensor("lora/param/linear.weight"),
                  golden.tensor("lora/param/linear.bias")),
              a,
              b,
              2);
      Tensor y = layer.apply(x);
      assertTrue(Fixture.difference(y, golden.tensor("lora/out")) < ROUNDING);
      y.mul(golden.tensor("lora/cotangent").reshape(-1, 28)).sum().backward();
      assertTrue(Fixture.difference(a.grad(), golden.tensor("lora/grad/lora_A")) < ROUNDING);
      assertTrue(Fixture.difference(b.grad(), golden.tensor("lora/grad/lora_B")) < ROUNDING);
      assertTrue(Fixture.difference(x.grad(), golden.tensor("lora/grad/x")) < ROUNDING);
    }
  }

  @Test
  void windowsAreJoinedAsTheyWereSplit() {
    Tensor rows = torch.randn(2 * 8 * 12, 3);
    for (boolean shifted : List.of(false, true)) {
      Window window = Window.of(8, 12, 4, shifted);
      assertTrue(window.join(window.split(rows)).equal(rows));
    }
  }

  @Test
  void windowsThatDoNotDivideTheGridAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Window.of(9, 8, 4, false));
  }

  @Test
  void whatDiffersMostByItsAllowanceIsTold() {
    Comparison worst = Comparison.worst(Map.of("a", 1e-2, "b", 2e-3), Map.of("a", 1e-1, "b", 1e-3));
    assertEquals("b", worst.worst());
    assertEquals(false, worst.isSame());
    Comparison missing = Comparison.worst(Map.of("a", Double.NaN, "b", 1e-4), Map.of());
    assertEquals("a", missing.worst());
    assertEquals(false, missing.isSame());
  }

  @Test
  void productsAreRightAndHaveARate() {
    Map<String, Object> line = Products.measure(List.of("64x32x48", "16x8x4"));
    assertTrue((double) line.get("error") < ROUNDING);
    assertTrue((double) line.get("gflops") > 0);
  }
}
