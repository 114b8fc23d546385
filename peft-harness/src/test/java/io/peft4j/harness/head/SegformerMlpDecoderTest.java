package io.peft4j.harness.head;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Init;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.exec.GraphExecutor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The all-MLP head, and norms before it, give the values, gradients and batch statistics of a
 * direct computation in double.
 */
class SegformerMlpDecoderTest {
  private static final int BATCH = 2;
  private static final int[] GRIDS = {4, 2, 1};
  private static final int[] CHANNELS = {3, 5, 4};
  private static final int WIDTH = 6;
  private static final int OUTPUTS = 2;
  private static final int EDGE = 8;
  private static final String MASK = "decoders.t.dropout.mask";
  private static final double STEP = 1e-5;

  @ParameterizedTest
  @CsvSource({"true, none", "true, per-task", "true, shared", "false, none", "false, per-task"})
  void equalsADirectComputation(boolean training, String norms) {
    TargetGraph target = new TargetGraph(DataType.DOUBLE, true, 3, n -> Optional.empty());
    Decoder.Head head = emit(target, norms);
    Random random = new Random(5);
    Map<String, double[]> values = startValues(target, random);
    double[] mask = new double[BATCH * WIDTH];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = training && random.nextInt(4) == 0 ? 0 : 1 / 0.9;
    }
    double[] cotangent = random.doubles(BATCH * OUTPUTS * EDGE * EDGE, -1, 1).toArray();
    INDArray c = Nd4j.createFromArray(cotangent).reshape(BATCH, OUTPUTS, EDGE, EDGE);
    SDVariable weighted = head.prediction().mul(target.graph().constant("cotangent", c));
    target.ops().sum(weighted, false, 0, 1, 2, 3).rename("loss");

    Decoder.RunningStatistic statistic = head.statistics().get(0);
    List<String> watched = List.of("out", statistic.batchMean(), statistic.batchVariance());
    Map<String, INDArray> inputs =
        Map.of(
            "training",
            Nd4j.createFromArray(training ? 1.0 : 0.0),
            MASK,
            Nd4j.createFromArray(mask).reshape(BATCH, WIDTH));
    String prefix = Map.of("none", "", "per-task", "norm_t_", "shared", "norm_shared_").get(norms);
    SegformerOracle oracle =
        new SegformerOracle(BATCH, GRIDS, CHANNELS, WIDTH, OUTPUTS, EDGE, prefix);
    SegformerOracle.Result expected = oracle.run(values, training, mask);
    try (GraphExecutor executor =
        GraphExecutors.forTraining(target.graph(), "loss", target.arrays().keySet())) {
      GraphExecutor.Step step = executor.gradients(inputs, watched);
      Map<String, INDArray> got = step.outputs();
      assertArrayEquals(expected.prediction(), flat(got.get("out")), 1e-11);
      assertArrayEquals(expected.batchMean(), flat(got.get(statistic.batchMean())), 1e-12);
      assertArrayEquals(expected.batchVariance(), flat(got.get(statistic.batchVariance())), 1e-12);
      assertEquals(16, statistic.rows());
      for (String name : target.arrays().keySet()) {
        double[] gradient = flat(step.gradients().get(name));
        double[] direction = random.doubles(gradient.length, -1, 1).toArray();
        double slope =
            (along(oracle, values, name, direction, STEP, training, mask, cotangent)
                    - along(oracle, values, name, direction, -STEP, training, mask, cotangent))
                / (2 * STEP);
        assertEquals(slope, dot(gradient, direction), 1e-7 * (1 + Math.abs(slope)), name);
      }
    }
  }

  @Test
  void hasTheNumbersOfItsFormula() {
    TargetGraph target = new TargetGraph(DataType.DOUBLE, false, 3, n -> Optional.empty());
    emit(target, "none");
    long decoder =
        target.trainables().stream()
            .filter(t -> t.name().startsWith("decoders."))
            .mapToLong(t -> t.shape().size())
            .sum();
    int scales = GRIDS.length;
    assertEquals(
        WIDTH * (3 + 5 + 4)
            + scales * WIDTH
            + scales * WIDTH * WIDTH
            + 2 * WIDTH
            + (WIDTH + 1) * OUTPUTS,
        decoder);
  }

  @Test
  void refusesAWidthThatIsNotPositive() {
    assertThrows(InputException.class, () -> new SegformerMlpDecoder(0));
  }

  /** The head on tokens, which are trainables so that their gradients come out. */
  private static Decoder.Head emit(TargetGraph target, String norms) {
    List<Feature> features = new ArrayList<>();
    for (int s = 0; s < GRIDS.length; s++) {
      String name = "tokens_" + s;
      int grid = GRIDS[s];
      target.decoderParam(name, Init.normal(1), BATCH, (long) grid * grid, CHANNELS[s]);
      Place place = new Place(s, -1, 2, Role.STAGE_OUT);
      features.add(new Feature(name, place, CHANNELS[s], grid, grid));
    }
    Decoder plain = new SegformerMlpDecoder(WIDTH);
    Decoder decoder =
        norms.equals("none") ? plain : new NormedDecoder(plain, norms.equals("shared"));
    Decoder.Head head =
        decoder.emit(
            new HeadInput(
                target,
                new Task("t", OUTPUTS),
                features,
                target.placeholder("training", DataType.DOUBLE, 1),
                EDGE,
                EDGE));
    head.prediction().rename("out");
    return head;
  }

  /** Gives every array random values, gains and variances positive ones, and lists them. */
  private static Map<String, double[]> startValues(TargetGraph target, Random random) {
    Map<String, INDArray> arrays = new HashMap<>(target.arrays());
    arrays.putAll(target.buffers());
    Map<String, double[]> values = new HashMap<>();
    arrays.forEach(
        (name, array) -> {
          boolean positive = name.contains("bn.weight") || name.contains("running_var");
          double[] drawn = random.doubles(array.length(), positive ? 0.5 : -1, 1.5).toArray();
          array.assign(Nd4j.createFromArray(drawn).reshape(array.shape()));
          values.put(name, drawn);
        });
    return values;
  }

  private static double along(
      SegformerOracle oracle,
      Map<String, double[]> values,
      String name,
      double[] direction,
      double step,
      boolean training,
      double[] mask,
      double[] cotangent) {
    Map<String, double[]> moved = new HashMap<>(values);
    double[] at = values.get(name).clone();
    for (int i = 0; i < at.length; i++) {
      at[i] += step * direction[i];
    }
    moved.put(name, at);
    return dot(oracle.run(moved, training, mask).prediction(), cotangent);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double[] flat(INDArray array) {
    return array.dup('c').reshape(-1).toDoubleVector();
  }
}
