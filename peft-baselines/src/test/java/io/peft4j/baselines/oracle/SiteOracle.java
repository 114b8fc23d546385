package io.peft4j.baselines.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.peft4j.api.backbone.Site;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.rewrite.Emission;
import io.peft4j.testkit.BackboneUnderTest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Compares what a site of an adapted model computes, and the gradients of its parameters, with a
 * function written out in plain Java. Everything is in double precision, on two images, with
 * trainables away from their start.
 */
public final class SiteOracle {
  private static final int BATCH = 2;
  private static final double STEP = 1e-5;
  private static final double TOLERANCE = 1e-10;

  /** What central differences of the oracle leave, relative to the largest entry. */
  private static final double GRADIENT_TOLERANCE = 1e-7;

  private static final List<Task> TASKS = List.of(new Task("semseg", 3), new Task("depth", 1));

  private final PeftModel model;
  private final Map<String, INDArray> inputs;
  private int losses;

  private SiteOracle(PeftModel model, Map<String, INDArray> inputs) {
    this.model = model;
    this.inputs = inputs;
  }

  /** A model whose trainables were moved. */
  public static SiteOracle of(
      BackboneUnderTest backbone, String method, Map<String, String> options) {
    PeftModel model = Peft.adapt(backbone.build(DataType.DOUBLE), method, options, TASKS);
    model
        .arrays()
        .forEach((name, array) -> array.addi(normal(name.hashCode(), array.shape()).muli(0.3)));
    var image = model.backbone().image();
    Map<String, INDArray> inputs = new HashMap<>(model.noiseOff(BATCH));
    inputs.put(image.name(), normal(5, BATCH, image.channels(), image.height(), image.width()));
    return new SiteOracle(model, inputs);
  }

  /** The model. */
  public PeftModel model() {
    return model;
  }

  /** A frozen parameter of the backbone as a matrix; a vector is one row. */
  public double[][] frozen(String param) {
    return Dense.of(model.backbone().graph().getVariable(param).getArr());
  }

  /** Rows of a value of the backbone as a stream sees it, {@code [.., width]} flattened. */
  public double[][] rows(String variable, Stream stream) {
    return rowsOf(emitted(variable, stream));
  }

  /**
   * Compares the answer of a site and the gradients of the parameters named after it.
   *
   * @param oracle rows of the answer, given the parameters by local name
   */
  public void check(
      Site site, Stream stream, Function<Map<String, double[][]>, double[][]> oracle) {
    Map<String, String> names = new LinkedHashMap<>();
    String start = site.path() + ".";
    String end = stream.isShared() ? "" : "." + stream.id();
    for (String name : model.arrays().keySet()) {
      if (name.startsWith(start) && name.endsWith(end)) {
        names.put(name.substring(start.length(), name.length() - end.length()), name);
      }
    }
    check(site, stream, names, oracle);
  }

  /**
   * As {@link #check(Site, Stream, Function)}, with other parameters.
   *
   * @param names names of trainables by the name that the oracle knows them by
   */
  public void check(
      Site site,
      Stream stream,
      Map<String, String> names,
      Function<Map<String, double[][]>, double[][]> oracle) {
    check(site.output(), stream, names, oracle);
  }

  /** As {@link #check(Site, Stream, Map, Function)}, for a variable of the backbone. */
  public void check(
      String variable,
      Stream stream,
      Map<String, String> names,
      Function<Map<String, double[][]>, double[][]> oracle) {
    assertFalse(names.isEmpty(), variable + " has no parameters");
    Map<String, double[][]> params = new LinkedHashMap<>();
    names.forEach((local, name) -> params.put(local, Dense.of(model.arrays().get(name))));
    String answer = emitted(variable, stream);
    double[][] expected = oracle.apply(params);
    assertClose(variable, expected, rowsOf(answer), TOLERANCE);
    double[][] cotangent = Dense.of(normal(77, expected.length, expected[0].length));
    Map<String, INDArray> gradients = gradients(answer, cotangent, names.values());
    params.forEach(
        (local, values) ->
            assertClose(
                "gradient of " + names.get(local),
                differences(values, () -> dot(cotangent, oracle.apply(params))),
                Dense.of(gradients.get(names.get(local))),
                GRADIENT_TOLERANCE));
  }

  /** Compares the answer of a site alone. */
  public void checkValue(Site site, Stream stream, double[][] expected) {
    assertClose(site.path(), expected, rowsOf(emitted(site.output(), stream)), TOLERANCE);
  }

  /** Central differences of a function of a matrix that is changed in place. */
  private static double[][] differences(
      double[][] values, java.util.function.DoubleSupplier function) {
    double[][] quotients = new double[values.length][values[0].length];
    for (int i = 0; i < values.length; i++) {
      for (int j = 0; j < values[i].length; j++) {
        double at = values[i][j];
        values[i][j] = at + STEP;
        double above = function.getAsDouble();
        values[i][j] = at - STEP;
        quotients[i][j] = (above - function.getAsDouble()) / (2 * STEP);
        values[i][j] = at;
      }
    }
    return quotients;
  }

  private Map<String, INDArray> gradients(
      String answer, double[][] cotangent, java.util.Collection<String> names) {
    SameDiff sd = model.target().graph();
    SDVariable rows = sd.getVariable(answer).reshape(-1, cotangent[0].length);
    String id = "oracle." + losses++;
    SDVariable loss =
        rows.mul(sd.constant(id + ".cotangent", Nd4j.createFromArray(cotangent))).sum().rename(id);
    Map<String, INDArray> copies = new HashMap<>();
    try (GraphExecutor executor = GraphExecutors.forTraining(sd, loss.name(), names)) {
      executor
          .gradients(inputs, List.of())
          .gradients()
          .forEach((name, gradient) -> copies.put(name, gradient.dup()));
    }
    return copies;
  }

  private double[][] rowsOf(String emitted) {
    try (GraphExecutor executor = GraphExecutors.forInference(model.target().graph())) {
      INDArray value = executor.outputs(inputs, List.of(emitted)).get(emitted).dup('c');
      return value.isScalar()
          ? new double[][] {{value.getDouble(0)}}
          : Dense.of(value.reshape(-1, value.size(value.rank() - 1)));
    }
  }

  /** Name of what takes the place of a variable of the backbone. */
  private String emitted(String variable, Stream stream) {
    String answer = null;
    for (Emission.AdaptedSite a : model.emission().adapted()) {
      if (a.site().output().equals(variable) && a.stream().equals(stream)) {
        answer = a.variable();
      }
    }
    if (answer != null) {
      return answer;
    }
    String tagged = stream.tag(variable);
    return model.target().graph().hasVariable(tagged) ? tagged : variable;
  }

  private static double dot(double[][] a, double[][] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[i].length; j++) {
        sum += a[i][j] * b[i][j];
      }
    }
    return sum;
  }

  private static void assertClose(
      String what, double[][] expected, double[][] actual, double tolerance) {
    assertEquals(expected.length, actual.length, what + ": rows");
    assertEquals(expected[0].length, actual[0].length, what + ": columns");
    double scale =
        Arrays.stream(expected).flatMapToDouble(Arrays::stream).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < expected.length; i++) {
      for (int j = 0; j < expected[i].length; j++) {
        int row = i;
        int column = j;
        assertEquals(
            expected[i][j],
            actual[i][j],
            tolerance * Math.max(1, scale),
            () -> "%s at %d, %d".formatted(what, row, column));
      }
    }
  }

  /** Standard normal numbers, the same for the same seed. */
  public static INDArray normal(long seed, long... shape) {
    Random random = new Random(seed);
    INDArray array = Nd4j.create(DataType.DOUBLE, shape);
    for (long i = 0; i < array.length(); i++) {
      array.putScalar(i, random.nextGaussian());
    }
    return array;
  }
}
