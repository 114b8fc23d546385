package io.peft4j.harness.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peft4j.api.method.Init;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.exec.GraphExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Every loss has the reference's value and gradient, alone and in the reference's weighted sum. */
class LossesGoldenTest {
  private static final double VALUE = 1e-5;
  private static final double GRADIENT = 1e-4;
  private static final TaskSet TASKS =
      TaskSet.parse("semseg:21,human_parts:7,sal,normals,depth,edge");

  private static Map<String, INDArray> tensors;
  private static JsonNode json;

  @BeforeAll
  static void readFixture() throws IOException {
    Path folder = Path.of(System.getProperty("peft.fixtures"));
    tensors = Safetensors.read(folder.resolve("losses.safetensors"));
    json = new ObjectMapper().readTree(folder.resolve("losses.json").toFile());
  }

  @ParameterizedTest
  @ValueSource(strings = {"semseg", "human_parts", "sal", "normals", "depth", "edge"})
  void oneTask(String name) {
    GraphExecutor.Step step = run(TASKS.only(name), Map.of(name, 1.0));
    double expected = json.at("/values/" + name).doubleValue();
    assertEquals(expected, step.outputs().get("total").getDouble(0), VALUE * expected);
    assertGradient(name, 1, step.gradients().get("pred." + name));
  }

  @Test
  void weightedSum() {
    Map<String, Double> weights = new HashMap<>();
    TASKS.tasks().forEach(t -> weights.put(t.name(), t.weight()));
    json.get("loss_weights_of_reference_main")
        .properties()
        .forEach(e -> assertEquals(e.getValue().doubleValue(), weights.get(e.getKey())));

    GraphExecutor.Step step = run(TASKS, weights);

    double expected = json.get("weighted_total").doubleValue();
    assertEquals(expected, step.outputs().get("total").getDouble(0), VALUE * expected);
    weights.forEach((task, w) -> assertGradient(task, w, step.gradients().get("pred." + task)));
  }

  /** The gradient is the reference's times the task's weight: weights act. */
  private static void assertGradient(String task, double weight, INDArray gradient) {
    INDArray expected = tensors.get(task + "/grad_pred").mul(weight);
    double worst = expected.sub(gradient).amaxNumber().doubleValue();
    double allowed = GRADIENT * expected.amaxNumber().doubleValue();
    assertTrue(worst <= allowed, () -> "%s: off by %s of %s".formatted(task, worst, allowed));
  }

  /** Predictions stand in the graph as trainables, so that the executor gives their gradients. */
  private static GraphExecutor.Step run(TaskSet tasks, Map<String, Double> weights) {
    TargetGraph target = new TargetGraph(DataType.FLOAT, true, 0, n -> Optional.empty());
    Map<String, INDArray> inputs = new HashMap<>();
    List<String> predictions = new ArrayList<>();
    SDVariable total = null;
    for (DenseTask task : tasks.tasks()) {
      INDArray value = tensors.get(task.name() + "/pred");
      SDVariable prediction =
          target.decoderParam("pred." + task.name(), Init.of(() -> value), value.shape());
      predictions.add(prediction.name());
      inputs.putAll(task.feed(tensors.get(task.name() + "/gt")));
      int height = (int) value.size(2);
      int width = (int) value.size(3);
      SDVariable loss = task.loss(target, prediction, height, width).mul(weights.get(task.name()));
      total = total == null ? loss : total.add(loss);
    }
    total.rename("total");
    try (GraphExecutor executor =
        GraphExecutors.forTraining(target.graph(), "total", predictions)) {
      GraphExecutor.Step step = executor.gradients(inputs, List.of("total"));
      return new GraphExecutor.Step(copies(step.gradients()), copies(step.outputs()));
    }
  }

  private static Map<String, INDArray> copies(Map<String, INDArray> arrays) {
    Map<String, INDArray> copies = new HashMap<>();
    arrays.forEach((name, array) -> copies.put(name, array.dup()));
    return copies;
  }
}
