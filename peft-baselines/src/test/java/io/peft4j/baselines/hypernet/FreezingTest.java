package io.peft4j.baselines.hypernet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.baselines.bottleneck.BlockOracle;
import io.peft4j.baselines.bottleneck.ToyBlocks;
import io.peft4j.graph.PeftModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Trained hypernetworks and Kronecker sums become plain adapters that compute the same. */
class FreezingTest {
  private static final ToyBlocks BLOCKS = ToyBlocks.of(4, 8);
  private static final String SMALL = " reduction=2 taskEmbedding=3 hidden=5 projected=4";

  @ParameterizedTest
  @CsvSource({
    "hyperformer, norm=pre",
    "polyhistor, scale=0.5",
    "polyhistor-lite, norm=none",
    "compacter, terms=2 perTask=true",
    "compacter-plus, terms=2",
  })
  void isAPlainAdapterAfterwards(String method, String options) {
    String sizes = method.startsWith("compacter") ? " reduction=2" : SMALL;
    PeftModel model = BlockOracle.trained(BlockOracle.adapt(BLOCKS, method, options + sizes));
    PeftModel plain = model.plain();
    assertEquals("adapter", plain.methodId());
    assertTrue(
        plain.state().keySet().stream().allMatch(name -> name.contains(".adapter.")),
        "only adapters are left: " + plain.state().keySet());
    INDArray image = Nd4j.linspace(model.backbone().dataType(), -1, 0.2, 24).reshape(2, 1, 3, 4);
    for (String task : new String[] {"semseg", "depth"}) {
      assertArrayEquals(
          model.features(image).get(task).get(1).data().asDouble(),
          plain.features(image).get(task).get(1).data().asDouble(),
          1e-10);
    }
  }

  @Test
  void whatStoresItsWeightsHasNoPlainForm() {
    PeftModel model = BlockOracle.adapt(BLOCKS, "vl-adapter", "reduction=2");
    InputException error = assertThrows(InputException.class, model::plain);
    assertEquals(
        "vl-adapter has no plain form: it generates no weights that could be frozen",
        error.getMessage());
  }
}
