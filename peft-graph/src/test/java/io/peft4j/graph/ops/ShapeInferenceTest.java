package io.peft4j.graph.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Inferred shapes are those that running the graph gives. */
class ShapeInferenceTest {
  static Stream<OpCase> cases() {
    return AuditedOpsGradientTest.cases();
  }

  /** In one test, since each graph takes only a moment. */
  @Test
  void everyUseHasTheShapesOfItsExecution() {
    for (OpCase use : cases().toList()) {
      SameDiff sd = use.build().sd();
      assertShapes(sd, Map.of(), ShapeInference.of(sd, Map.of()), use.toString());
    }
  }

  private static void assertShapes(
      SameDiff sd, Map<String, INDArray> inputs, ShapeInference shapes, String what) {
    List<String> computed =
        sd.getVariables().values().stream()
            .map(v -> v.getVariable())
            .filter(v -> v.getVariableType() == VariableType.ARRAY)
            .map(SDVariable::name)
            .toList();
    Map<String, INDArray> values = sd.output(inputs, computed);
    values.forEach(
        (name, value) -> assertArrayEquals(value.shape(), shapes.shape(name), what + ": " + name));
  }

  /** A window partition with attention: static but for the batch, exact once it is given. */
  private static SameDiff attention() {
    SameDiff sd = SameDiff.create();
    AuditedOps ops = new AuditedOps(sd);
    SDVariable image = sd.placeHolder("image", DataType.FLOAT, -1, 6, 6, 8);
    SDVariable weight = sd.placeHolder("weight", DataType.FLOAT, 24, 8);
    SDVariable shifted = ops.roll(ops.roll(image, 1, -1, 6), 2, -1, 6);
    SDVariable windows = shifted.reshape(-1, 2, 3, 2, 3, 8).permute(0, 1, 3, 2, 4, 5);
    SDVariable rows = windows.reshape(-1, 8);
    SDVariable normed =
        ops.layerNorm(
            rows, sd.constant("gain", Nd4j.ones(8)), sd.constant("offset", Nd4j.zeros(8)), 1e-5);
    SDVariable qkv = ops.linear(normed, weight).reshape(-1, 9, 3, 2, 4).permute(2, 0, 3, 1, 4);
    SDVariable q = ops.slice(qkv, 0, 0, 1).reshape(-1, 2, 9, 4);
    SDVariable k = ops.slice(qkv, 0, 1, 2).reshape(-1, 2, 9, 4);
    ops.softmax(ops.matmul(q, k, false, true).mul(0.5)).rename("attention");
    return sd;
  }

  @Test
  void theBatchIsUnknownUntilItIsGiven() {
    SameDiff sd = attention();
    assertArrayEquals(new long[] {-1, 2, 9, 9}, ShapeInference.of(sd, Map.of()).shape("attention"));
    for (long batch : new long[] {1, 2, 3}) {
      Map<String, INDArray> inputs =
          Map.of("image", Nd4j.rand(DataType.FLOAT, batch, 6, 6, 8), "weight", Nd4j.ones(24, 8));
      Map<String, long[]> leaves = new HashMap<>();
      inputs.forEach((name, value) -> leaves.put(name, value.shape()));
      assertShapes(sd, inputs, ShapeInference.of(sd, leaves), "batch " + batch);
    }
  }

  /** A loaded operation has its arguments, but not all of its Java fields. */
  @Test
  void aLoadedGraphHasTheSameShapes() throws IOException {
    SameDiff built = attention();
    SameDiff loaded = SameDiff.fromFlatBuffers(built.asFlatBuffers(false));
    ShapeInference expected = ShapeInference.of(built, Map.of());
    ShapeInference actual = ShapeInference.of(loaded, Map.of());
    for (String name : built.getVariables().keySet()) {
      assertArrayEquals(expected.shape(name), actual.shape(name), name);
    }
    loaded.getOps().values().forEach(op -> assertTrue(OpCatalogue.isAudited(op.getOp())));
  }

  @Test
  void multiplyAccumulatesAreThoseOfTheProducts() {
    SameDiff sd = attention();
    ShapeInference shapes = ShapeInference.of(sd, Map.of("image", new long[] {1, 6, 6, 8}));
    long total = sd.getVariables().keySet().stream().mapToLong(shapes::macs).sum();
    // Two means of 36 rows, the projection, and q kᵀ of 4 windows and 2 heads.
    assertEquals(2 * 36 * 8 + 36 * 8 * 24 + 4 * 2 * 9 * 9 * 4, total);
    assertEquals(-1, ShapeInference.of(sd, Map.of()).macs("matmul"));
  }

  @Test
  void laterOperationsAndNewNamesAreSeen() {
    SameDiff sd = SameDiff.create();
    ShapeInference shapes = ShapeInference.of(sd, Map.of());
    SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 4);
    SDVariable y = x.reshape(-1, 2);
    String name = y.name();
    assertArrayEquals(new long[] {-1, 2}, shapes.shape(name));
    y.rename("halves");
    x.reshape(-1, 2, 2).rename(name);
    assertArrayEquals(new long[] {-1, 2}, shapes.shape("halves"));
    assertArrayEquals(new long[] {-1, 2, 2}, shapes.shape(name));
  }

  @Test
  void aDeepChainDoesNotOverflowTheStack() {
    SameDiff sd = SameDiff.create();
    SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 4);
    for (int i = 0; i < 3000; i++) {
      x = x.neg();
    }
    assertArrayEquals(new long[] {-1, 4}, ShapeInference.of(sd, Map.of()).shape(x.name()));
  }

  @Test
  void whatCannotBeKnownIsNamed() {
    SameDiff sd = SameDiff.create();
    SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 4);
    SDVariable sum = sd.cumsum("total", x, 1);
    SDVariable bad = x.reshape(3, 3).add("sum", sd.constant(Nd4j.ones(2, 2)));
    ShapeInference shapes = ShapeInference.of(sd, Map.of());
    assertMessage(shapes, sum.name(), "cumsum");
    assertMessage(shapes, bad.name(), "[3, 3] and [2, 2] do not broadcast");
    String message =
        assertThrows(IllegalArgumentException.class, () -> shapes.shape("totl")).getMessage();
    assertTrue(message.contains("did you mean 'total'"), message);
    assertThrows(
        IllegalArgumentException.class, () -> ShapeInference.of(sd, Map.of("y", new long[] {1})));
  }

  private static void assertMessage(ShapeInference shapes, String variable, String part) {
    String message =
        assertThrows(IllegalStateException.class, () -> shapes.shape(variable)).getMessage();
    assertTrue(message.contains(part), message);
  }
}
