package io.peft4j.graph.rewrite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.toy.Runs;
import io.peft4j.graph.toy.ToyBackbone;
import io.peft4j.graph.toy.Toys;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A rewrite that changes nothing gives the plain graph again, and no rewrite touches that graph.
 */
class IdentityRewriteTest {
  private final Backbone backbone = ToyBackbone.of(2, 1);
  private final List<String> plainFeatures =
      backbone.features().stream().map(Feature::name).toList();

  @Test
  void valuesAreEqualToTheBit() {
    PeftModel model = Toys.adapt(backbone, Toys.identity(TaskRouter.shared()), Toys.ONE_TASK);
    for (int batch = 1; batch <= 3; batch++) {
      INDArray images = ToyBackbone.images(batch, batch);
      Runs.assertSame(
          Runs.outputs(backbone.graph(), plainFeatures, images),
          Runs.outputs(model.target().graph(), Runs.features(model), images));
    }
  }

  @Test
  void variablesAndOperationsHaveTheirPlainNames() {
    PeftModel model = Toys.adapt(backbone, Toys.identity(TaskRouter.shared()), Toys.TWO_TASKS);
    assertEquals(described(backbone.graph()), described(model.target().graph()));
    assertEquals(List.of(), model.emission().adapted());
    assertEquals(Map.of(), model.arrays());
  }

  @Test
  void constantsShareTheirBuffers() {
    PeftModel model = Toys.adapt(backbone, Toys.lora(TaskRouter.perTask()), Toys.TWO_TASKS);
    int shared = 0;
    for (SDVariable plain : backbone.graph().variables()) {
      if (plain.isConstant()) {
        INDArray copy = model.target().graph().getVariable(plain.name()).getArr();
        assertEquals(plain.getArr().data().address(), copy.data().address(), plain.name());
        shared++;
      }
    }
    assertTrue(shared >= backbone.params().size());
  }

  @Test
  void thePlainGraphStaysAsItIs() {
    TreeMap<String, String> before = described(backbone.graph());
    Map<String, double[]> arrays = arrays(backbone.graph());
    List<Object> order = order(backbone.graph());
    for (TaskRouter router : List.of(TaskRouter.shared(), TaskRouter.perTask())) {
      PeftModel model = Toys.adapt(backbone, Toys.lora(router), Toys.TWO_TASKS);
      model.arrays().values().forEach(a -> a.addi(1));
      model.features(ToyBackbone.images(2, 1));
      model.merge();
    }
    assertEquals(before, described(backbone.graph()));
    assertEquals(order, order(backbone.graph()));
    Map<String, double[]> after = arrays(backbone.graph());
    arrays.forEach((n, a) -> assertArrayEquals(a, after.get(n), n));
  }

  private static List<Object> order(SameDiff sd) {
    List<Object> order = new ArrayList<>(sd.getVariables().keySet());
    order.addAll(sd.getOps().keySet());
    return order;
  }

  /** Each variable by name: its kind and type, and the operation and inputs it comes from. */
  private static TreeMap<String, String> described(SameDiff sd) {
    TreeMap<String, String> lines = new TreeMap<>();
    sd.getVariables()
        .forEach(
            (name, v) -> {
              SDVariable variable = v.getVariable();
              String line = variable.getVariableType() + " " + variable.dataType();
              if (v.getOutputOfOp() != null) {
                var op = sd.getOps().get(v.getOutputOfOp());
                line += " " + op.getOp().opName() + op.getInputsToOp() + op.getOutputsOfOp();
              }
              lines.put(name, line);
            });
    return lines;
  }

  private static Map<String, double[]> arrays(SameDiff sd) {
    Map<String, double[]> arrays = new TreeMap<>();
    for (SDVariable v : sd.variables()) {
      if (v.isConstant()) {
        arrays.put(v.name(), v.getArr().data().asDouble());
      }
    }
    return arrays;
  }
}
