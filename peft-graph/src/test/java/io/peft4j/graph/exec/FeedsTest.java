package io.peft4j.graph.exec;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.emitted.TargetGraph;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What is fed is held against what placeholders are declared as, and graphs against their type. */
class FeedsTest {
  private final SameDiff sd = SameDiff.create();

  FeedsTest() {
    SDVariable image = sd.placeHolder("image", DataType.FLOAT, -1, 3, 4, 6);
    sd.math().tanh(image).rename("y");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "2,4,6,3; FLOAT; FLOAT [2, 4, 6, 3] is given, but FLOAT [n, 3, 4, 6] is wanted; it looks"
            + " like NHWC, which permute(0, 3, 1, 2) brings in order",
        "3,4,6; FLOAT; FLOAT [3, 4, 6] is given, but FLOAT [n, 3, 4, 6] is wanted; one picture is a"
            + " batch of one: reshape(1, 3, 4, 6)",
        "0,3,4,6; FLOAT; FLOAT [0, 3, 4, 6] is given, but FLOAT [n, 3, 4, 6] is wanted; the batch"
            + " is empty",
        "2,3,6,4; FLOAT; FLOAT [2, 3, 6, 4] is given, but FLOAT [n, 3, 4, 6] is wanted",
        "1,3,4,7; FLOAT; FLOAT [1, 3, 4, 7] is given, but FLOAT [n, 3, 4, 6] is wanted",
        "1,1,4,6; FLOAT; FLOAT [1, 1, 4, 6] is given, but FLOAT [n, 3, 4, 6] is wanted",
        "72; FLOAT; FLOAT [72] is given, but FLOAT [n, 3, 4, 6] is wanted",
        "2,3,4,6; UBYTE; UBYTE [2, 3, 4, 6] is given, but FLOAT [n, 3, 4, 6] is wanted; cast it by"
            + " castTo",
        "2,4,6,3; INT; INT [2, 4, 6, 3] is given, but FLOAT [n, 3, 4, 6] is wanted; it looks like"
            + " NHWC, which permute(0, 3, 1, 2) brings in order",
      })
  void whatIsNotDeclaredIsRefusedByEachExecutor(String dims, DataType type, String message) {
    long[] shape = java.util.Arrays.stream(dims.split(",")).mapToLong(Long::parseLong).toArray();
    Map<String, INDArray> inputs = Map.of("image", Nd4j.create(type, shape));
    try (GraphExecutor plan = GraphExecutors.forInference(sd);
        GraphExecutor session = SessionExecutor.forInference(sd)) {
      for (GraphExecutor executor : List.of(plan, session)) {
        assertRefused(
            "placeholder 'image': " + message, () -> executor.outputs(inputs, List.of("y")));
      }
    }
  }

  @Test
  void floatingPointNumbersOfAnyWidthAreTaken() {
    INDArray images = Nd4j.linspace(DataType.DOUBLE, -1, 0.01, 144).reshape(2, 3, 4, 6);
    try (GraphExecutor plan = GraphExecutors.forInference(sd)) {
      INDArray expected =
          plan.outputs(Map.of("image", images.castTo(DataType.FLOAT)), List.of("y")).get("y").dup();
      INDArray found = plan.outputs(Map.of("image", images), List.of("y")).get("y");
      assertEquals(expected, found);
      // names that the graph does not have are another graph's
      assertDoesNotThrow(
          () -> plan.outputs(Map.of("image", images, "elsewhere", Nd4j.ones(7)), List.of("y")));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HALF", "BFLOAT16", "INT", "BOOL"})
  void modelsAreOfTypesThatWork(DataType type) {
    String fix = "type %s does not work; choose FLOAT, or DOUBLE".formatted(type);
    ImageInput image = new ImageInput("image", 3, 4, 6);
    assertRefused(fix, () -> Backbone.builder("b", sd, type, image));
    assertRefused(fix, () -> new TargetGraph(type, true, 0, n -> Optional.empty()));
    if (type.isFPType()) {
      sd.constant("narrow", Nd4j.ones(type, 2));
      String named = "variable 'narrow': " + fix;
      assertRefused(named, () -> GraphExecutors.forInference(sd));
      assertRefused(named, () -> SessionExecutor.forInference(sd));
    }
  }

  private static void assertRefused(String part, Executable use) {
    String message = assertThrows(InputException.class, use).getMessage();
    assertTrue(message.contains(part), message);
  }
}
