package io.peft4j.graph.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.routing.TaskRouter;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.NoiseFeed;
import io.peft4j.graph.exec.SessionExecutor;
import io.peft4j.graph.ops.AuditException;
import io.peft4j.graph.ops.AuditedOps;
import io.peft4j.graph.toy.Runs;
import io.peft4j.graph.toy.ToyBackbone;
import io.peft4j.graph.toy.Toys;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Plans give what SameDiff's session gives, whatever changes between runs. */
class PlanExecutorTest {
  private final PeftModel model =
      Toys.adapt(
          ToyBackbone.withDropPath(0.4, 1, 1), Toys.lora(TaskRouter.perTask()), Toys.TWO_TASKS);
  private final SameDiff graph = model.target().graph();
  private final List<String> features = Runs.features(model);
  private final String loss = Runs.addLoss(graph, features);
  private final Set<String> trainables = model.arrays().keySet();

  @Test
  void batchesMasksAndParametersMayChangeBetweenRuns() {
    try (GraphExecutor plan = PlanExecutor.forTraining(graph, loss, trainables);
        GraphExecutor session = SessionExecutor.forTraining(graph, loss, trainables)) {
      for (int step = 0; step < 8; step++) {
        Map<String, INDArray> inputs = inputs(1 + step % 2, step);
        List<String> beside = List.of(loss, features.get(step % 4));
        GraphExecutor.Step expected = session.gradients(inputs, beside);
        GraphExecutor.Step actual = plan.gradients(inputs, beside);
        assertClose(expected.gradients(), actual.gradients());
        assertClose(expected.outputs(), actual.outputs());
        move(actual.gradients());
      }
    }
  }

  @Test
  void outputsChangeWithInputsAndParameters() {
    try (GraphExecutor plan = PlanExecutor.forInference(graph);
        GraphExecutor session = SessionExecutor.forInference(graph)) {
      INDArray before = null;
      for (int step = 0; step < 4; step++) {
        Map<String, INDArray> inputs = inputs(2, step);
        Map<String, INDArray> actual = plan.outputs(inputs, features);
        assertClose(session.outputs(inputs, features), actual);
        INDArray now = actual.get(features.get(1)).dup();
        assertNotEquals(now, before);
        before = now;
        model.arrays().values().forEach(a -> a.muli(0.9));
      }
    }
  }

  /** More shapes than are kept, in turn: the oldest plan is made again. */
  @Test
  void moreShapesThanPlans() {
    try (GraphExecutor plan = PlanExecutor.forTraining(graph, loss, trainables);
        GraphExecutor session = SessionExecutor.forTraining(graph, loss, trainables)) {
      for (int batch : new int[] {1, 2, 3, 4, 5, 6, 1, 6, 2, 5}) {
        Map<String, INDArray> inputs = inputs(batch, batch);
        assertClose(
            session.gradients(inputs, List.of()).gradients(),
            plan.gradients(inputs, List.of()).gradients());
      }
    }
  }

  /** A run writes where the run before wrote, so nothing grows. */
  @Test
  void runsGiveTheArraysOfTheRunBefore() {
    try (GraphExecutor plan = PlanExecutor.forTraining(graph, loss, trainables)) {
      GraphExecutor.Step first = plan.gradients(inputs(2, 1), features);
      GraphExecutor.Step again = plan.gradients(inputs(2, 2), features);
      first.gradients().forEach((n, g) -> Assertions.assertSame(g, again.gradients().get(n)));
      first.outputs().forEach((n, v) -> Assertions.assertSame(v, again.outputs().get(n)));
    }
  }

  @Test
  void resultsStandUntilTheNextCall() {
    try (GraphExecutor plan = PlanExecutor.forTraining(graph, loss, trainables)) {
      GraphExecutor.Step step = plan.gradients(inputs(2, 1), features);
      Map<String, INDArray> copies = new HashMap<>();
      step.gradients().forEach((n, g) -> copies.put(n, g.dup()));
      step.outputs().forEach((n, g) -> copies.put(n, g.dup()));
      // Another executor and new arrays take other memory.
      try (GraphExecutor other = PlanExecutor.forInference(graph)) {
        other.outputs(inputs(2, 2), features);
      }
      step.gradients().forEach((n, g) -> Runs.assertClose(copies.get(n), g, n));
      step.outputs().forEach((n, g) -> Runs.assertClose(copies.get(n), g, n));
    }
  }

  /** The caller's arrays are neither kept nor changed. */
  @Test
  void inputsStayTheCallers() {
    try (GraphExecutor plan = PlanExecutor.forInference(graph)) {
      Map<String, INDArray> inputs = inputs(2, 1);
      INDArray image = inputs.get(ToyBackbone.IMAGE);
      INDArray copy = image.dup();
      INDArray first = plan.outputs(inputs, features).get(features.get(0)).dup();
      image.addi(1);
      INDArray second = plan.outputs(inputs, features).get(features.get(0)).dup();
      assertNotEquals(first, second);
      Runs.assertClose(copy.add(1), image, "image");
    }
  }

  /** Views, Fortran order and another type of number are read by value. */
  @Test
  void inputsMayBeViewsAndOfOtherTypes() {
    INDArray images = ToyBackbone.images(4, 1);
    INDArray half = images.get(NDArrayIndex.interval(1, 3));
    Map<String, INDArray> plain = inputs(2, 1);
    plain.put(ToyBackbone.IMAGE, half.dup('c'));
    try (GraphExecutor plan = PlanExecutor.forInference(graph)) {
      INDArray expected = plan.outputs(plain, features).get(features.get(1)).dup();
      for (INDArray same : List.of(half, half.dup('f'))) {
        try (GraphExecutor fresh = PlanExecutor.forInference(graph)) {
          for (GraphExecutor each : List.of(fresh, plan)) {
            plain.put(ToyBackbone.IMAGE, same);
            Runs.assertClose(
                expected, each.outputs(plain, features).get(features.get(1)), "features");
          }
        }
      }
      plain.put(ToyBackbone.IMAGE, half.castTo(DataType.FLOAT));
      INDArray rounded = plan.outputs(plain, features).get(features.get(1)).dup();
      try (GraphExecutor fresh = PlanExecutor.forInference(graph)) {
        INDArray first = fresh.outputs(plain, features).get(features.get(1));
        Runs.assertClose(rounded, first, "features");
        assertEquals(DataType.DOUBLE, first.dataType());
      }
    }
  }

  @Test
  void aMissingPlaceholderIsNamed() {
    try (GraphExecutor plan = PlanExecutor.forTraining(graph, loss, trainables)) {
      Map<String, INDArray> inputs = inputs(2, 1);
      INDArray image = inputs.remove(ToyBackbone.IMAGE);
      for (int i = 0; i < 2; i++) {
        String message =
            assertThrows(IllegalArgumentException.class, () -> plan.gradients(inputs, List.of()))
                .getMessage();
        assertTrue(message.contains("'image'"), message);
        inputs.put(ToyBackbone.IMAGE, image);
        plan.gradients(inputs, List.of());
        inputs.remove(ToyBackbone.IMAGE);
      }
    }
  }

  @Test
  void anUnknownOutputIsNamed() {
    try (GraphExecutor plan = PlanExecutor.forInference(graph)) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> plan.outputs(inputs(1, 1), List.of("features.O")))
              .getMessage();
      assertTrue(message.contains("'features.O'"), message);
    }
  }

  @Test
  void anExecutorForInferenceHasNoGradients() {
    try (GraphExecutor plan = PlanExecutor.forInference(graph)) {
      assertThrows(IllegalStateException.class, () -> plan.gradients(inputs(1, 1), List.of()));
    }
  }

  @Test
  void closingReleasesTheArenaAndNoMore() {
    GraphExecutor plan = PlanExecutor.forTraining(graph, loss, trainables);
    Map<String, INDArray> inputs = inputs(2, 1);
    INDArray gradient = plan.gradients(inputs, List.of()).gradients().values().iterator().next();
    plan.close();
    plan.close();
    assertTrue(gradient.wasClosed());
    model.arrays().forEach((n, a) -> assertTrue(!a.wasClosed(), n));
    inputs.forEach((n, a) -> assertTrue(!a.wasClosed(), n));
    model
        .backbone()
        .params()
        .forEach(
            p -> assertTrue(!model.backbone().graph().getVariable(p.path()).getArr().wasClosed()));
  }

  /** Making a second gradient function makes SameDiff forget the first. */
  @Test
  void twoExecutorsOfOneGraphHaveGradientsOfTheirOwn() {
    List<String> some = trainables.stream().filter(n -> n.endsWith("lora_B.a")).toList();
    String other = graph.getVariable(loss).mul(2.0).rename("twice").name();
    Map<String, INDArray> inputs = inputs(2, 1);
    try (GraphExecutor first = PlanExecutor.forTraining(graph, loss, trainables);
        GraphExecutor second = PlanExecutor.forTraining(graph, other, some)) {
      Map<String, INDArray> twice = second.gradients(inputs, List.of()).gradients();
      Map<String, INDArray> once = first.gradients(inputs, List.of()).gradients();
      assertEquals(trainables, once.keySet());
      assertEquals(Set.copyOf(some), twice.keySet());
      twice.forEach(
          (n, g) ->
              assertTrue(
                  once.get(n).mul(2).sub(g).amaxNumber().doubleValue()
                      <= 1e-13 * Math.max(1, g.amaxNumber().doubleValue())));
    }
  }

  @Test
  void theGraphIsAuditedBeforeItTrains() {
    assertThrows(AuditException.class, () -> PlanExecutor.forTraining(graph, loss, List.of()));
  }

  // ---- what an output may be ----

  @Test
  void leavesAndAliasesMayBeOutputs() {
    SameDiff sd = SameDiff.create();
    AuditedOps ops = new AuditedOps(sd);
    SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 2);
    SDVariable w = sd.var("w", ToyBackbone.value("w", 2, 2));
    SDVariable c = sd.constant("c", ToyBackbone.value("c", 1, 2));
    SDVariable y = ops.linear(x, w).add(c);
    List<SDVariable> aliases = new ArrayList<>(List.of(x, w, c, y));
    for (SDVariable v : List.of(x, w, c, y)) {
      aliases.add(sd.identity(v));
      aliases.add(ops.stopGradient(v));
      aliases.add(v.reshape(1, -1));
      aliases.add(sd.identity(v.reshape(-1, 1)).reshape(1, -1, 2));
    }
    SDVariable loss = aliases.get(19).mul(y.reshape(1, -1, 2)).sum().rename("loss");
    List<String> names = new ArrayList<>(aliases.stream().map(SDVariable::name).toList());
    names.add(loss.name());
    names.add(y.name()); // the same twice
    names.add(x.name());
    try (GraphExecutor plan = PlanExecutor.forTraining(sd, "loss", List.of("w"));
        GraphExecutor session = SessionExecutor.forTraining(sd, "loss", List.of("w"))) {
      for (int step = 0; step < 3; step++) {
        Map<String, INDArray> inputs = Map.of("x", ToyBackbone.value("x" + step, 3, 2));
        // Outputs of their own, as the session's are released by its next call.
        assertClose(session.outputs(inputs, names), plan.outputs(inputs, names));
        GraphExecutor.Step expected = session.gradients(inputs, names);
        GraphExecutor.Step actual = plan.gradients(inputs, names);
        assertClose(expected.gradients(), actual.gradients());
        assertClose(expected.outputs(), actual.outputs());
        w.getArr().addi(0.5);
      }
    }
  }

  /** Gradients of broadcast operands are sums over what was repeated. */
  @Test
  void broadcastOperandsHaveGradients() {
    SameDiff sd = SameDiff.create();
    SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 3, 2);
    List<String> names = new ArrayList<>();
    SDVariable y = x;
    long[][] shapes = {{2}, {3, 1}, {1, 3, 2}, {1, 1, 1}, {1}};
    for (long[] shape : shapes) {
      SDVariable v = sd.var("v" + names.size(), ToyBackbone.value("v" + names.size(), shape));
      names.add(v.name());
      y = y.mul(v).add(v);
    }
    y.mul(y).sum().rename("loss");
    try (GraphExecutor plan = PlanExecutor.forTraining(sd, "loss", names);
        GraphExecutor session = SessionExecutor.forTraining(sd, "loss", names)) {
      for (int step = 0; step < 4; step++) {
        Map<String, INDArray> inputs =
            Map.of("x", ToyBackbone.value("x" + step, 1 + step % 2, 3, 2));
        assertClose(
            session.gradients(inputs, List.of("loss")).gradients(),
            plan.gradients(inputs, List.of("loss")).gradients());
      }
    }
  }

  /** A step whose length does not grow: the loss is linear in the features and has no least. */
  private void move(Map<String, INDArray> gradients) {
    gradients.forEach(
        (name, g) -> {
          double largest = Math.max(1, g.amaxNumber().doubleValue());
          model.arrays().get(name).muli(0.9).subi(g.mul(0.1 / largest));
        });
  }

  private Map<String, INDArray> inputs(int batch, int step) {
    Map<String, INDArray> inputs =
        new HashMap<>(
            NoiseFeed.masks(model.target().noises().values(), DataType.DOUBLE, batch, 3, step));
    inputs.put(ToyBackbone.IMAGE, ToyBackbone.images(batch, step));
    return inputs;
  }

  private static void assertClose(Map<String, INDArray> expected, Map<String, INDArray> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((n, e) -> Runs.assertClose(e, actual.get(n), n));
  }
}
