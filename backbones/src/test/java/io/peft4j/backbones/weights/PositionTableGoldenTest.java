package io.peft4j.backbones.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.method.Init;
import io.peft4j.backbones.build.Golden;
import io.peft4j.backbones.safetensors.Safetensors;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Tables of another size become what {@code torch.nn.functional.interpolate} makes of them. */
class PositionTableGoldenTest {
  private static final Map<String, INDArray> GOLDEN =
      Safetensors.read(Golden.file("torch_resized.safetensors"));

  @ParameterizedTest
  @ValueSource(ints = {3, 5, 7, 13})
  void biasesOfAnotherWindow(int side) {
    assertResized("table", "table/" + side, Optional.empty());
  }

  /** The class token's row stays, and the wanted grid need not be square. */
  @ParameterizedTest
  @ValueSource(strings = {"4x4", "7x7", "2x6", "3x2"})
  void embeddingsOfAnotherGrid(String size) {
    String[] edges = size.split("x");
    PositionGrid grid = new PositionGrid(Integer.parseInt(edges[0]), Integer.parseInt(edges[1]), 1);
    assertResized("position", "position/" + size, Optional.of(grid));
  }

  private static void assertResized(String from, String to, Optional<PositionGrid> grid) {
    INDArray expected = GOLDEN.get(to);
    WeightSpec.Tensor wanted = wanted(Shape.of(expected.shape()), grid);
    assertTrue(PositionTable.fits(Shape.of(GOLDEN.get(from).shape()), wanted));
    INDArray resized = PositionTable.resized(GOLDEN.get(from), wanted);
    assertEquals(Shape.of(expected.shape()), Shape.of(resized.shape()));
    double error = Golden.error(expected, resized);
    assertTrue(error <= 1e-6, "%s: error %.2e".formatted(to, error));
  }

  private static WeightSpec.Tensor wanted(Shape shape, Optional<PositionGrid> grid) {
    Place place = new Place(0, 0, 1, "attn");
    Param param = new Param("table", place, Param.Kind.POSITION_BIAS, shape);
    return new WeightSpec.Tensor(param, Init.zeros(), grid);
  }

  /** Other channels, no square behind the class token, another rank. */
  @Test
  void whatIsNoSquareGridDoesNotFit() {
    PositionGrid grid = new PositionGrid(3, 3, 1);
    WeightSpec.Tensor wanted = wanted(grid.shape(6), Optional.of(grid));
    assertTrue(PositionTable.fits(Shape.of(1, 17, 6), wanted));
    assertFalse(PositionTable.fits(Shape.of(1, 17, 5), wanted));
    assertFalse(PositionTable.fits(Shape.of(1, 16, 6), wanted));
    assertFalse(PositionTable.fits(Shape.of(1, 1, 6), wanted));
    assertFalse(PositionTable.fits(Shape.of(17, 6), wanted));
    assertFalse(PositionTable.fits(Shape.of(2, 17, 6), wanted));
  }
}
