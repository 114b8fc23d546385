package io.peft4j.graph.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.SessionExecutor;
import io.peft4j.graph.ops.RandomGraph.Step;
import io.peft4j.graph.plan.Activations;
import io.peft4j.graph.plan.PlanExecutor;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Whatever is composed of audited operations, the plan computes what SameDiff's session does. */
class RandomGraphProperties {
  @Property(tries = 150, seed = "17")
  void plansAgreeWithTheSession(
      @ForAll("steps") List<Step> steps,
      @ForAll @IntRange(min = 1, max = 3) int batch,
      @ForAll boolean single) {
    compare(steps, batch, single ? DataType.FLOAT : DataType.DOUBLE);
  }

  /** Compositions that the plan knows as one instruction, alone on operands that spread. */
  @Property(tries = 80, seed = "18")
  void patternsAgreeWithTheSession(
      @ForAll("compositions") List<Step> steps,
      @ForAll @IntRange(min = 1, max = 3) int batch,
      @ForAll boolean single) {
    compare(steps, batch, single ? DataType.FLOAT : DataType.DOUBLE);
  }

  @Provide
  static Arbitrary<List<Step>> compositions() {
    Arbitrary<Integer> choice = Arbitraries.integers().between(0, 500);
    Arbitrary<Step> input = Combinators.combine(choice, choice).as((b, c) -> new Step(0, 0, b, c));
    Arbitrary<Integer> kind =
        Arbitraries.integers().between(RandomSteps.FIRST_COMPOSITION, RandomSteps.COUNT - 1);
    Arbitrary<Step> composition =
        Combinators.combine(kind, choice, choice).as((k, b, c) -> new Step(k, 0, b, c));
    return Combinators.combine(input, composition).as(List::of);
  }

  @Provide
  static Arbitrary<List<Step>> steps() {
    Arbitrary<Integer> choice = Arbitraries.integers().between(0, 500);
    Arbitrary<Integer> kind = Arbitraries.integers().between(0, RandomSteps.COUNT - 1);
    Arbitrary<Integer> near = Arbitraries.integers().between(0, 9);
    return Combinators.combine(kind, near, choice, choice).as(Step::new).list().ofMaxSize(14);
  }

  /** Compares all; false if the graph is not well conditioned. */
  static boolean compare(List<Step> steps, int batch, DataType type) {
    RandomGraph g = new RandomGraph(type, batch, steps);
    String loss = g.loss();
    List<String> trainables = g.trainables(loss);
    List<String> wanted = new ArrayList<>(List.of(loss));
    List<String> values = g.values();
    for (int i = 0; i < values.size(); i += 4) {
      if (!wanted.contains(values.get(i))) {
        wanted.add(values.get(i));
      }
    }
    try {
      return trainables.isEmpty() ? forward(g, wanted) : trained(g, loss, trainables, wanted);
    } catch (AssertionError | RuntimeException e) {
      if (e.getClass().getName().contains("TestAborted")) {
        throw e;
      }
      throw new AssertionError(
          e + "\nloss over " + wanted + ", trained " + trainables + "\nin " + g, e);
    }
  }

  private static boolean forward(RandomGraph g, List<String> wanted) {
    try (GraphExecutor session = SessionExecutor.forInference(g.sd);
        GraphExecutor plan = PlanExecutor.forInference(g.sd)) {
      Map<String, INDArray> feed = g.feed(1);
      if (!isConditioned(g, session, feed)) {
        return false;
      }
      same(session.outputs(feed, wanted), plan.outputs(feed, wanted), g.type, 1);
      return true;
    }
  }

  private static boolean trained(
      RandomGraph g, String loss, List<String> trainables, List<String> wanted) {
    Set<String> checkpoints = Set.copyOf(g.values().subList(0, 1 + g.values().size() / 2));
    try (GraphExecutor session = SessionExecutor.forTraining(g.sd, loss, trainables);
        GraphExecutor plan = PlanExecutor.forTraining(g.sd, loss, trainables);
        GraphExecutor cheap =
            PlanExecutor.forTraining(g.sd, loss, trainables, Activations.cheapRecomputed());
        GraphExecutor least =
            PlanExecutor.forTraining(
                g.sd, loss, trainables, Activations.checkpointed(checkpoints))) {
      for (int step = 0; step < 2; step++) {
        Map<String, INDArray> feed = g.feed(step);
        if (!isConditioned(g, session, feed)) {
          return step > 0;
        }
        GraphExecutor.Step expected = session.gradients(feed, wanted);
        GraphExecutor.Step actual = plan.gradients(feed, wanted);
        double scale = largest(expected.gradients());
        same(expected.outputs(), actual.outputs(), g.type, 1);
        same(expected.gradients(), actual.gradients(), g.type, Math.max(1, scale));
        bits(actual, cheap.gradients(feed, wanted));
        bits(actual, least.gradients(feed, wanted));
        same(session.outputs(feed, wanted), plan.outputs(feed, wanted), g.type, 1);
      }
      return true;
    }
  }

  /** No value is huge, none stands where rounding decides on which side of a kink it is. */
  private static boolean isConditioned(
      RandomGraph g, GraphExecutor session, Map<String, INDArray> feed) {
    Set<String> names = new LinkedHashSet<>(g.values());
    names.addAll(g.kinks().keySet());
    Map<String, INDArray> all = session.outputs(feed, names);
    double margin = g.type == DataType.DOUBLE ? 1e-7 : 1e-3;
    for (Map.Entry<String, INDArray> e : all.entrySet()) {
      for (double v : e.getValue().dup('c').data().asDouble()) {
        Double kink = g.kinks().get(e.getKey());
        boolean near = kink != null && v != kink && Math.abs(v - kink) < margin;
        if (near || !(Math.abs(v) < 50)) {
          return false;
        }
      }
    }
    return true;
  }

  private static double largest(Map<String, INDArray> arrays) {
    return arrays.values().stream().mapToDouble(a -> a.amaxNumber().doubleValue()).max().orElse(0);
  }

  private static void same(
      Map<String, INDArray> expected, Map<String, INDArray> actual, DataType type, double scale) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (name, e) -> {
          INDArray a = actual.get(name);
          assertEquals(e.dataType(), a.dataType(), name);
          assertArrayEquals(e.shape(), a.shape(), name);
          double magnitude = Math.max(scale, e.amaxNumber().doubleValue());
          double tolerance = (type == DataType.DOUBLE ? 1e-9 : 1e-3) * magnitude;
          assertArrayEquals(doubles(e), doubles(a), tolerance, name);
        });
  }

  /** What is computed again is the same. */
  private static void bits(GraphExecutor.Step expected, GraphExecutor.Step actual) {
    bits(expected.gradients(), actual.gradients());
    bits(expected.outputs(), actual.outputs());
  }

  private static void bits(Map<String, INDArray> expected, Map<String, INDArray> actual) {
    expected.forEach(
        (name, e) -> assertArrayEquals(doubles(e), doubles(actual.get(name)), 0, name + " again"));
  }

  private static double[] doubles(INDArray array) {
    return array.dup('c').data().asDouble();
  }
}
