package io.peft4j.harness.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.backbones.Backbones;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.SessionExecutor;
import io.peft4j.graph.plan.Activations;
import io.peft4j.graph.plan.PlanExecutor;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.run.RunDefaults;
import io.peft4j.harness.task.TaskSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The plan of every method that is discovered on every family of backbones, those to come included,
 * gives the loss and the gradients of SameDiff's own session.
 */
class EveryMethodPlanTest {
  private static final int SIZE = 32;
  private static final String TASKS = "semseg:4,normals:3";

  /** Where SameDiff's session takes a minute for all layers. */
  private static final Map<String, Map<String, String>> LESS =
      Map.of("ditask", Map.of("targets", "proj"));

  /** Its templates have no scale for PVT's third stage. */
  private static final Map<String, String> REFUSED = Map.of("polyhistor-lite", "pvt-nano");

  static Stream<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    List<String> families = smallestOfEachFamily();
    for (MethodDescriptor method : MethodRegistry.discover().methods()) {
      for (String backbone : families) {
        if (!backbone.equals(REFUSED.get(method.id()))) {
          cases.add(Arguments.of(method.id(), backbone, DataType.DOUBLE, 1e-10));
        }
      }
      cases.add(Arguments.of(method.id(), families.get(0), DataType.FLOAT, 1e-5));
    }
    return cases.stream();
  }

  private static List<String> smallestOfEachFamily() {
    Map<Class<? extends Architecture>, String> families = new LinkedHashMap<>();
    Backbones.names().forEach(name -> families.putIfAbsent(Backbones.named(name).getClass(), name));
    return List.copyOf(families.values());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsAreTheSessions(String method, String name, DataType type, double tolerance) {
    TaskSet tasks = TaskSet.parse(TASKS);
    Backbone backbone =
        Backbones.named(name).withImage(SIZE, SIZE).build(WeightSource.random(1), type);
    PeftModel peft = adapt(backbone, method, tasks);
    if (type == DataType.DOUBLE) {
      MultiTaskModel.withLosses(peft, tasks, DecoderChoice.byRule().decoder(backbone), Map.of());
    } else {
      squaresOfFeatures(peft, tasks);
    }
    assumeFalse(peft.arrays().isEmpty(), "without decoders nothing trains");
    // Many adapters start at zero, where a wrong gradient may be right.
    peft.arrays().forEach((n, array) -> array.addi(noise(n, type, array.shape()).mul(0.05)));
    Map<String, INDArray> inputs = inputs(peft, tasks, type);
    List<String> outputs = List.of(MultiTaskModel.LOSS);
    var graph = peft.target().graph();
    var names = peft.arrays().keySet();
    try (GraphExecutor session = SessionExecutor.forTraining(graph, MultiTaskModel.LOSS, names);
        GraphExecutor plan =
            PlanExecutor.forTraining(
                graph,
                MultiTaskModel.LOSS,
                names,
                peft.activations(Activations.Policy.CHECKPOINT))) {
      GraphExecutor.Step expected = session.gradients(inputs, outputs);
      GraphExecutor.Step actual = plan.gradients(inputs, outputs);
      double loss = expected.outputs().get(MultiTaskModel.LOSS).getDouble(0);
      assertEquals(
          loss, actual.outputs().get(MultiTaskModel.LOSS).getDouble(0), tolerance * Math.abs(loss));
      double whole = norm(expected.gradients().values());
      expected
          .gradients()
          .forEach(
              (trainable, gradient) -> {
                double difference = norm(List.of(gradient.sub(actual.gradients().get(trainable))));
                double own = norm(List.of(gradient));
                // A gradient that is zero but for rounding has no digits of its own.
                double scale = Math.max(own, 1e-3 * whole);
                assertTrue(
                    difference <= tolerance * scale,
                    () -> "%s: %s of %s".formatted(trainable, difference, scale));
              });
    }
  }

  /** What a method cannot adapt by its defaults is refused with a reason, and known here. */
  @Test
  void refusalsNameTheBackbone() {
    TaskSet tasks = TaskSet.parse(TASKS);
    REFUSED.forEach(
        (method, name) -> {
          Backbone backbone = Backbones.named(name).build(WeightSource.random(1), DataType.FLOAT);
          String message =
              assertThrows(InputException.class, () -> adapt(backbone, method, tasks)).getMessage();
          assertTrue(message.contains(name), message);
        });
  }

  private static PeftModel adapt(Backbone backbone, String method, TaskSet tasks) {
    Map<String, String> options = new HashMap<>(RunDefaults.options(method, backbone.id()));
    options.putAll(LESS.getOrDefault(method, Map.of()));
    return Peft.adapt(backbone, method, options, tasks.routed());
  }

  private static double norm(Iterable<INDArray> arrays) {
    double sum = 0;
    for (INDArray array : arrays) {
      double norm = array.castTo(DataType.DOUBLE).norm2Number().doubleValue();
      sum += norm * norm;
    }
    return Math.sqrt(sum);
  }

  private static INDArray noise(String name, DataType type, long... shape) {
    java.util.Random random = new java.util.Random(name.hashCode());
    INDArray values = Nd4j.create(type, shape);
    for (long i = 0; i < values.length(); i++) {
      values.putScalar(i, random.nextGaussian());
    }
    return values;
  }

  /** Batch norms of few values and unit vectors would magnify the rounding of floats. */
  private static void squaresOfFeatures(PeftModel peft, TaskSet tasks) {
    SDVariable sum = null;
    for (String task : tasks.names()) {
      for (Feature feature : peft.features(task)) {
        SDVariable f = peft.target().graph().getVariable(feature.name());
        SDVariable term = f.mul(f).mean();
        sum = sum == null ? term : sum.add(term);
      }
    }
    sum.rename(MultiTaskModel.LOSS);
  }

  private static Map<String, INDArray> inputs(PeftModel peft, TaskSet tasks, DataType type) {
    int batch = 2;
    Map<String, INDArray> inputs = new HashMap<>(peft.noiseOff(batch));
    inputs.put(peft.backbone().image().name(), noise("image", type, batch, 3, SIZE, SIZE));
    inputs.put(MultiTaskModel.TRAINING, Nd4j.ones(type, 1));
    for (var task : tasks.tasks()) {
      long[] shape = {batch, task.name().equals("normals") ? 3 : 1, SIZE, SIZE};
      INDArray labels = noise(task.name(), type, shape);
      if (!task.name().equals("normals")) {
        int classes = task.name().equals("sal") ? 2 : 4;
        for (long i = 0; i < labels.length(); i++) {
          labels.putScalar(i, Math.floorMod((int) (10 * labels.getDouble(i)), classes));
        }
      }
      inputs.putAll(task.feed(labels));
    }
    inputs.keySet().removeIf(name -> !peft.target().graph().hasVariable(name));
    return inputs;
  }
}
