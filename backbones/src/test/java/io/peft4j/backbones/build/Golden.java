package io.peft4j.backbones.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Golden fixtures as all families read them. */
public final class Golden {
  private static final Path FOLDER = Path.of(System.getProperty("peft.fixtures"));

  private Golden() {}

  /** A file of the fixtures. */
  public static Path file(String name) {
    return FOLDER.resolve(name);
  }

  /** The description of a fixture. */
  public static JsonNode json(String file) {
    try {
      return new ObjectMapper().readTree(FOLDER.resolve(file).toFile());
    } catch (IOException e) {
      throw new IllegalStateException("fixture " + file + " cannot be read", e);
    }
  }

  /** Keys of a state dict with their shapes; {@code kind} is param or buffer. */
  public static Map<String, Shape> stateDict(JsonNode model, String kind) {
    Map<String, Shape> entries = new TreeMap<>();
    for (JsonNode key : model.get("keys")) {
      if (key.get(2).asText().equals(kind)) {
        LongStream dims =
            StreamSupport.stream(key.get(1).spliterator(), false).mapToLong(JsonNode::asLong);
        entries.put(key.get(0).asText(), Shape.of(dims.toArray()));
      }
    }
    return entries;
  }

  /** Parameters with their shapes. */
  public static Map<String, Shape> shapes(List<Param> params) {
    Map<String, Shape> shapes = new TreeMap<>();
    params.forEach(p -> shapes.put(p.path(), p.shape()));
    return shapes;
  }

  /** How many numbers the parameters hold. */
  public static long numbers(List<Param> params) {
    return params.stream().mapToLong(p -> p.shape().size()).sum();
  }

  /**
   * Asserts that a model has the parameters of a state dict, by name and shape, as placeholders.
   *
   * @param backbone built without weights
   */
  public static void assertParameters(JsonNode model, Backbone backbone) {
    assertFalse(backbone.hasWeights());
    assertEquals(stateDict(model, "param"), shapes(backbone.params()));
    assertEquals(model.get("params_total").asLong(), numbers(backbone.params()));
    for (Param p : backbone.params()) {
      SDVariable v = backbone.graph().getVariable(p.path());
      assertEquals(p.shape(), Shape.of(v.placeholderShape()), p.path());
    }
  }

  /**
   * Asserts that values of a graph are those expected.
   *
   * @param wanted by their names in the graph
   */
  public static void assertOutputs(
      Backbone backbone, INDArray images, Map<String, INDArray> wanted, double tolerance) {
    Map<String, INDArray> got =
        backbone
            .graph()
            .output(Map.of(backbone.image().name(), images), List.copyOf(wanted.keySet()));
    wanted.forEach(
        (variable, golden) -> {
          double error = error(golden, got.get(variable));
          assertTrue(error <= tolerance, "%s: error %.2e".formatted(variable, error));
        });
  }

  /** Largest deviation over the largest magnitude of what is expected. */
  public static double error(INDArray expected, INDArray actual) {
    if (expected.length() != actual.length()) {
      throw new IllegalArgumentException(
          "%s values expected, %s found".formatted(expected.length(), actual.length()));
    }
    INDArray e = expected.castTo(DataType.DOUBLE).dup('c').reshape(-1);
    INDArray a = actual.castTo(DataType.DOUBLE).dup('c').reshape(-1);
    double worst = e.sub(a).amaxNumber().doubleValue();
    // NaN compares false with everything, so it must not pass as a small error.
    return Double.isNaN(worst) ? Double.POSITIVE_INFINITY : worst / e.amaxNumber().doubleValue();
  }
}
