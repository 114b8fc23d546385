package io.peft4j.graph.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.SessionExecutor;
import io.peft4j.graph.ops.AuditedOps;
import io.peft4j.graph.toy.Runs;
import io.peft4j.graph.toy.ToyBackbone;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A composition becomes one instruction where its operands have the shapes that this takes, and is
 * computed as it stands where one spreads over another; values are the session's in both cases.
 */
class PatternShapesTest {
  private static final int BATCH = 3;
  private static final int WIDTH = 8;

  /** A graph on {@code x [batch, width]}. */
  @FunctionalInterface
  private interface Body {
    SDVariable of(AuditedOps ops, SameDiff sd, SDVariable x);
  }

  private static long[] shape(long... sizes) {
    return sizes;
  }

  private static SDVariable leaf(SameDiff sd, String name, long... shape) {
    return sd.var(name, ToyBackbone.value(name, shape).castTo(sd.getVariable("x").dataType()));
  }

  static Stream<Arguments> layerNorms() {
    return Stream.of(
        Arguments.of(shape(WIDTH), shape(WIDTH), true),
        Arguments.of(shape(1), shape(WIDTH), false),
        Arguments.of(shape(WIDTH), shape(1), false),
        Arguments.of(shape(), shape(), false),
        Arguments.of(shape(1, WIDTH), shape(WIDTH), false),
        Arguments.of(shape(WIDTH), shape(BATCH, WIDTH), false),
        Arguments.of(shape(BATCH, 1), shape(WIDTH), false));
  }

  @ParameterizedTest
  @MethodSource("layerNorms")
  void layerNorm(long[] gain, long[] offset, boolean fuses) {
    compare(
        "LayerNorm",
        fuses,
        (ops, sd, x) -> ops.layerNorm(x, leaf(sd, "g", gain), leaf(sd, "o", offset), 0.1));
  }

  @ParameterizedTest
  @MethodSource("layerNorms")
  void batchNorm(long[] gain, long[] offset, boolean fuses) {
    compare(
        "BatchNorm",
        fuses,
        (ops, sd, x) ->
            ops.batchNorm(
                    x,
                    leaf(sd, "g", gain),
                    leaf(sd, "o", offset),
                    constant(sd, "mean", WIDTH),
                    constant(sd, "variance", WIDTH),
                    constant(sd, "training", 1),
                    4)
                .output());
  }

  /** The instruction has no gradient for its running statistics, nor for the mode. */
  @Test
  void batchNormWithTrainedStatistics() {
    compare(
        "BatchNorm",
        false,
        (ops, sd, x) ->
            ops.batchNorm(
                    x,
                    leaf(sd, "g", WIDTH),
                    leaf(sd, "o", WIDTH),
                    leaf(sd, "mean", WIDTH),
                    constant(sd, "variance", WIDTH),
                    constant(sd, "training", 1),
                    4)
                .output());
  }

  @Test
  void batchNormWithStatisticsOfOneNumber() {
    compare(
        "BatchNorm",
        false,
        (ops, sd, x) ->
            ops.batchNorm(
                    x,
                    leaf(sd, "g", WIDTH),
                    leaf(sd, "o", WIDTH),
                    constant(sd, "mean", 1),
                    constant(sd, "variance", 1),
                    constant(sd, "training", 1),
                    4)
                .output());
  }

  static Stream<Arguments> weights() {
    return Stream.of(
        Arguments.of(shape(BATCH, 2, 4), shape(BATCH, 2, 4), true),
        Arguments.of(shape(1, 2, 4), shape(BATCH, 2, 4), false),
        Arguments.of(shape(BATCH, 2, 4), shape(1, 2, 4), false),
        Arguments.of(shape(BATCH, 2, 4), shape(4), false),
        Arguments.of(shape(BATCH, 2, 4), shape(2, 1), false),
        Arguments.of(shape(BATCH, 2, 4), shape(BATCH, 1, 1), false),
        Arguments.of(shape(BATCH, 2, 4), shape(), false));
  }

  @ParameterizedTest
  @MethodSource("weights")
  void logLikelihood(long[] logits, long[] weights, boolean fuses) {
    compare(
        "LogLikelihood",
        fuses,
        (ops, sd, x) ->
            ops.logSoftmax(leaf(sd, "logits", logits), 1)
                .mul(constant(sd, "weights", weights))
                .sum(0, 1, 2)
                .add(x.sum()));
  }

  /** Sums over fewer axes, kept axes, weights that train. */
  @Test
  void logLikelihoodsThatAreNone() {
    Body sums =
        (ops, sd, x) ->
            ops.logSoftmax(leaf(sd, "logits", 3, 3, 3), 1)
                .mul(constant(sd, "weights", 3, 3, 3))
                .sum(0, 2)
                .add(x.sum());
    Body kept =
        (ops, sd, x) ->
            ops.logSoftmax(leaf(sd, "logits", 3, 3, 3), 1)
                .mul(constant(sd, "weights", 3, 3, 3))
                .sum(true, 0, 1, 2)
                .add(x.sum());
    Body trained =
        (ops, sd, x) ->
            ops.logSoftmax(leaf(sd, "logits", 3, 3, 3), 1)
                .mul(leaf(sd, "weights", 3, 3, 3))
                .sum(0, 1, 2)
                .add(x.sum());
    Stream.of(sums, kept, trained).forEach(body -> compare("LogLikelihood", false, body));
  }

  @Test
  void gelu() {
    compare("Gelu", true, (ops, sd, x) -> ops.gelu(x.mul(leaf(sd, "g", WIDTH))));
    compare("Gelu", false, (ops, sd, x) -> nearlyGelu(sd, x.mul(leaf(sd, "g", WIDTH)), 0.7071068));
  }

  private static SDVariable nearlyGelu(SameDiff sd, SDVariable x, double root) {
    return sd.math().erf(x.mul(root)).add(1.0).mul(x).mul(0.5);
  }

  private static SDVariable constant(SameDiff sd, String name, long... shape) {
    INDArray value = ToyBackbone.value(name, shape);
    return sd.constant(name, value.mul(value).castTo(sd.getVariable("x").dataType()));
  }

  private static void compare(String instruction, boolean fuses, Body body) {
    SameDiff sd = SameDiff.create();
    SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, WIDTH);
    SDVariable y = body.of(new AuditedOps(sd), sd, x);
    SDVariable z = y.mul(y).rename("y2");
    z.sum().rename("loss");
    List<String> trainables =
        sd.variables().stream()
            .filter(v -> v.getVariableType() == VariableType.VARIABLE)
            .map(SDVariable::name)
            .toList();
    try (PlanExecutor plan = PlanExecutor.forTraining(sd, "loss", trainables);
        GraphExecutor session = SessionExecutor.forTraining(sd, "loss", trainables)) {
      for (int batch : new int[] {BATCH, 1}) {
        boolean fits =
            sd.variables().stream()
                .filter(v -> !v.isPlaceHolder() && v.getShape() != null)
                .allMatch(
                    v -> batch == BATCH || v.getShape().length < 2 || v.getShape()[0] != BATCH);
        if (!fits) {
          continue; // operands of the batch of three
        }
        Map<String, INDArray> inputs = Map.of("x", ToyBackbone.value("x" + batch, batch, WIDTH));
        List<String> outputs = List.of("loss", "y2");
        GraphExecutor.Step expected = session.gradients(inputs, outputs);
        GraphExecutor.Step actual = plan.gradients(inputs, outputs);
        expected.outputs().forEach((n, e) -> Runs.assertClose(e, actual.outputs().get(n), n));
        expected.gradients().forEach((n, e) -> Runs.assertClose(e, actual.gradients().get(n), n));
        String dump = plan.dump(true, inputs, outputs);
        if (batch == BATCH) {
          assertEquals(fuses, dump.contains(" " + instruction + " "), dump);
        }
      }
    }
  }

  /** In single precision, the fault was an index out of bounds. */
  @Test
  void layerNormWithAGainOfOneNumberInSinglePrecision() {
    SameDiff sd = SameDiff.create();
    SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, WIDTH);
    SDVariable one = sd.constant("one", Nd4j.createFromArray(1.5f));
    String y = new AuditedOps(sd).layerNorm(x, one, one, 1e-5).name();
    Map<String, INDArray> inputs =
        Map.of("x", ToyBackbone.value("x", 2, WIDTH).castTo(DataType.FLOAT));
    try (PlanExecutor plan = PlanExecutor.forInference(sd);
        GraphExecutor session = SessionExecutor.forInference(sd)) {
      INDArray expected = session.outputs(inputs, List.of(y)).get(y);
      INDArray actual = plan.outputs(inputs, List.of(y)).get(y);
      assertEquals(0, expected.sub(actual).amaxNumber().doubleValue(), 1e-5);
    }
  }
}
