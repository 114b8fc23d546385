package io.peft4j.graph.toy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.Feature;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.SessionExecutor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Runs toy graphs by SameDiff's session and compares what they give. */
public final class Runs {
  public static final String LOSS = "loss";

  private Runs() {}

  /** Names of the features of all tasks, task by task. */
  public static List<String> features(PeftModel model) {
    return model.tasks().stream()
        .flatMap(t -> model.features(t.name()).stream())
        .map(Feature::name)
        .toList();
  }

  /** Adds a loss that weighs each entry of each feature differently. */
  public static String addLoss(SameDiff sd, List<String> features) {
    List<SDVariable> parts = new ArrayList<>();
    for (String name : features) {
      int index = parts.size();
      // The k-th feature of every task has the width and rows of stage k.
      int stage = index % 2;
      INDArray weights =
          ToyBackbone.value("loss" + index, 1, ToyNet.rows(stage), ToyNet.width(stage));
      parts.add(sd.getVariable(name).mul(sd.constant("loss.weights." + index, weights)).sum());
    }
    return parts.stream().reduce(SDVariable::add).orElseThrow().rename(LOSS).name();
  }

  public static List<INDArray> outputs(SameDiff sd, List<String> names, INDArray images) {
    try (GraphExecutor executor = SessionExecutor.forInference(sd)) {
      Map<String, INDArray> values = executor.outputs(Map.of(ToyBackbone.IMAGE, images), names);
      return names.stream().map(n -> values.get(n).dup()).toList();
    }
  }

  /** Equal to the bit. */
  public static void assertSame(List<INDArray> expected, List<INDArray> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertSame(expected.get(i), actual.get(i), "value " + i);
    }
  }

  public static void assertSame(INDArray expected, INDArray actual, String what) {
    assertArrayEquals(expected.shape(), actual.shape(), what);
    assertArrayEquals(
        expected.dup('c').data().asDouble(), actual.dup('c').data().asDouble(), 0, what);
  }

  /** Equal but for the order of summation: relative to the largest element, 1e-10. */
  public static void assertClose(INDArray expected, INDArray actual, String what) {
    assertArrayEquals(expected.shape(), actual.shape(), what);
    double[] values = expected.dup('c').data().asDouble();
    double largest = Arrays.stream(values).map(Math::abs).max().orElse(0);
    double tolerance = 1e-10 * Math.max(largest, 1e-3);
    assertArrayEquals(values, actual.dup('c').data().asDouble(), tolerance, what);
  }

  /** Features equal to the bit, gradients of the two-stage model to rounding. */
  public static void assertSameModel(
      PeftModel model, DirectToy direct, List<SDVariable> directFeatures) {
    List<String> expected = directFeatures.stream().map(SDVariable::name).toList();
    INDArray images = ToyBackbone.images(3, 1);
    SameDiff emitted = model.target().graph();
    List<String> actual = features(model);
    assertSame(outputs(direct.graph(), expected, images), outputs(emitted, actual, images));
    Map<String, INDArray> gradients = gradients(emitted, actual, model.arrays().keySet(), images);
    Map<String, INDArray> wanted =
        gradients(direct.graph(), expected, model.arrays().keySet(), images);
    assertEquals(new TreeSet<>(wanted.keySet()), new TreeSet<>(gradients.keySet()));
    wanted.forEach(
        (name, g) -> {
          double scale = Math.max(1, g.amaxNumber().doubleValue());
          double error = g.sub(gradients.get(name)).amaxNumber().doubleValue() / scale;
          assertTrue(error < 1e-13, () -> name + ": " + error);
        });
  }

  private static Map<String, INDArray> gradients(
      SameDiff sd, List<String> features, Set<String> trainables, INDArray images) {
    String loss = addLoss(sd, features);
    try (GraphExecutor executor = SessionExecutor.forTraining(sd, loss, trainables)) {
      Map<String, INDArray> gradients = new LinkedHashMap<>();
      executor
          .gradients(Map.of(ToyBackbone.IMAGE, images), List.of())
          .gradients()
          .forEach((n, g) -> gradients.put(n, g.dup()));
      return gradients;
    }
  }
}
