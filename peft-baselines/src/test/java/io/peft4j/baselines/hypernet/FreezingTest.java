package io.peft4j.baselines.hypernet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.baselines.Published;
import io.peft4j.baselines.bottleneck.BlockOracle;
import io.peft4j.baselines.bottleneck.ToyBlocks;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.pertask.PerTask;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.OptionText;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
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

  /** Each task's own hypernetwork gives the adapters, and its norms, of its own model. */
  @ParameterizedTest
  @CsvSource({
    "hyperformer, reduction=2 taskEmbedding=3 hidden=5 projected=4 unfreeze=norms",
    "polyhistor, reduction=2 taskEmbedding=3 hidden=5 projected=4 unfreeze=",
    "polyhistor-lite, reduction=2 taskEmbedding=3 hidden=5 projected=4 unfreeze=norms",
    "compacter, terms=2 reduction=2 unfreeze=norms",
    "compacter, terms=2 reduction=2 perTask=true unfreeze=norms",
  })
  void oneModelPerTaskIsFrozenTaskByTask(String method, String options) {
    Map<String, String> map = OptionText.parse(options);
    MethodDescriptor descriptor = MethodRegistry.discover().get(method);
    PeftModel model =
        BlockOracle.trained(
            Peft.adapt(
                MicroBackbones.swin().build(DataType.DOUBLE),
                PerTask.of(descriptor.method()),
                descriptor.configure(map),
                Published.PASCAL.subList(0, 2),
                1));
    PeftModel plain = model.plain();
    assertEquals("adapter", plain.methodId());
    for (String name : plain.state().keySet()) {
      assertTrue(name.contains(".adapter.") || name.contains("norm"), name);
      String task = name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('@')) + 1);
      assertTrue(plain.features(task).size() > 1, "a task's own: " + name);
    }
    INDArray image = Nd4j.linspace(DataType.DOUBLE, -1, 0.002, 3 * 32 * 32).reshape(1, 3, 32, 32);
    Map<String, List<INDArray>> expected = model.features(image);
    Map<String, List<INDArray>> actual = plain.features(image);
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (task, features) -> {
          for (int stage = 0; stage < features.size(); stage++) {
            assertArrayEquals(
                features.get(stage).data().asDouble(),
                actual.get(task).get(stage).data().asDouble(),
                1e-9,
                task + ", stage " + stage);
          }
        });
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
