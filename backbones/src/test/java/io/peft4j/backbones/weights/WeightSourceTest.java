package io.peft4j.backbones.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.method.Init;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.swin.SwinConfig;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Weights are served as asked for, or refused with every mistake by name. */
class WeightSourceTest {
  private static final WeightSpec.Tensor WEIGHT = tensor("fc.weight", Init.normal(1), 3, 2);
  private static final WeightSpec.Tensor BIAS = tensor("fc.bias", Init.zeros(), 3);
  private static final WeightSpec SPEC =
      new WeightSpec("net", List.of(WEIGHT, BIAS), Set.of("attn_mask"), Set.of("head.weight"));

  private static WeightSpec.Tensor tensor(String path, Init init, long... shape) {
    Place place = new Place(0, 0, 1, "fc");
    return new WeightSpec.Tensor(new Param(path, place, Param.Kind.WEIGHT, Shape.of(shape)), init);
  }

  private static Map<String, INDArray> complete() {
    Map<String, INDArray> arrays = new HashMap<>();
    arrays.put("fc.weight", Nd4j.ones(DataType.FLOAT, 3, 2));
    arrays.put("fc.bias", Nd4j.zeros(DataType.FLOAT, 3));
    return arrays;
  }

  @Test
  void randomValuesDependOnSeedAndPathAlone() {
    INDArray a = WeightSource.random(1).array(WEIGHT, DataType.DOUBLE).orElseThrow();
    WeightSource again = WeightSource.random(1);
    again.array(BIAS, DataType.DOUBLE);
    assertEquals(a, again.array(WEIGHT, DataType.DOUBLE).orElseThrow());
    assertNotEquals(a, WeightSource.random(2).array(WEIGHT, DataType.DOUBLE).orElseThrow());
    WeightSpec.Tensor other = tensor("fc2.weight", Init.normal(1), 3, 2);
    assertNotEquals(a, again.array(other, DataType.DOUBLE).orElseThrow());
  }

  @Test
  void shapesOnlyHasNoArrays() {
    assertTrue(WeightSource.shapesOnly().array(WEIGHT, DataType.FLOAT).isEmpty());
  }

  @Test
  void buffersAndSpareTensorsAreIgnored() {
    Map<String, INDArray> arrays = complete();
    arrays.put("layers.0.attn_mask", Nd4j.ones(DataType.FLOAT, 1));
    arrays.put("head.weight", Nd4j.ones(DataType.FLOAT, 1));
    WeightSource source = WeightSource.of(arrays);
    source.check(SPEC);
    assertEquals(
        Nd4j.ones(DataType.DOUBLE, 3, 2), source.array(WEIGHT, DataType.DOUBLE).orElseThrow());
  }

  @Test
  void everyMistakeIsNamed() {
    Map<String, INDArray> arrays = complete();
    arrays.remove("fc.bias");
    arrays.put("fc.weight", Nd4j.ones(DataType.FLOAT, 2, 3));
    arrays.put("fc.scale", Nd4j.ones(DataType.FLOAT, 1));
    InputException e =
        assertThrows(
            InputException.class, () -> WeightSource.of("net.safetensors", arrays).check(SPEC));
    assertTrue(
        e.getMessage()
            .startsWith(
                "net.safetensors: no weights for net: missing: fc.bias; unexpected: fc.scale; "
                    + "wrong shape: fc.weight is [2, 3], needed [3, 2];"),
        e.getMessage());
  }

  /** Quantized weights need scales that nobody here knows. */
  @Test
  void integersAreNoWeights() {
    Map<String, INDArray> arrays = complete();
    arrays.put("fc.bias", Nd4j.zeros(DataType.INT8, 3));
    InputException e =
        assertThrows(InputException.class, () -> WeightSource.of(arrays).check(SPEC));
    assertTrue(e.getMessage().contains("wrong type: fc.bias is I8, needed"), e.getMessage());
  }

  /** Expected values by hand, from PyTorch's bicubic kernel (a = -0.75). */
  @Test
  void positionBiasOfAnotherWindowIsResized() {
    INDArray ramp = Nd4j.createFromArray(0f, 1, 2, 0, 1, 2, 0, 1, 2).reshape(9, 1);
    INDArray table = Nd4j.hstack(ramp, Nd4j.ones(DataType.FLOAT, 9, 1));
    WeightSource source = WeightSource.of(Map.of("table", table));
    assertEquals(table, served(source, 9), "the same window");
    INDArray smallest = served(source, 1);
    assertEquals(1, smallest.getDouble(0, 0), 1e-6, "the middle of the ramp");
    assertEquals(1, smallest.getDouble(0, 1), 1e-6, "constants stay");
    INDArray five = served(source, 25);
    // Place 1 of 5 lies at 0.4 of 0, 1, 2: the kernel's weights of 1 and 2 there.
    double t = 0.4;
    double ofOne = 0.75 * t + 1.5 * t * t - 1.25 * t * t * t;
    double ofTwo = -0.75 * t * t * (1 - t);
    assertEquals(ofOne + 2 * ofTwo, five.getDouble(1, 0), 1e-6);
    assertEquals(five.getDouble(1, 0), five.getDouble(6, 0), 1e-6, "rows of a ramp are equal");
    assertEquals(2 - five.getDouble(1, 0), five.getDouble(3, 0), 1e-6, "a ramp stays symmetric");
    assertEquals(1, five.getDouble(17, 1), 1e-6, "constants stay");
  }

  private static INDArray served(WeightSource source, long rows) {
    WeightSpec.Tensor wanted = table(rows, 2);
    source.check(new WeightSpec("net", List.of(wanted), Set.of(), Set.of()));
    return source.array(wanted, DataType.FLOAT).orElseThrow();
  }

  private static WeightSpec.Tensor table(long... shape) {
    Place place = new Place(0, 0, 1, "attn");
    Param param = new Param("table", place, Param.Kind.POSITION_BIAS, Shape.of(shape));
    return new WeightSpec.Tensor(param, Init.zeros());
  }

  /** The tables of timm's swin_s3_tiny_224 are those of Swin-Tiny, but for a window of 14. */
  @Test
  void tablesOfAnotherWindowAreResizedOnRequestAlone() {
    SwinConfig nano = Swin.preset("swin-nano");
    Map<String, INDArray> arrays = new HashMap<>();
    nano.params().forEach(p -> arrays.put(p.path(), Nd4j.ones(p.shape().toArray())));
    WeightSource same = WeightSource.of(arrays);
    nano.check(same);
    // Smaller images have smaller windows, and tables cut down to them: the size asks for it.
    nano.withImage(32, 32).check(same);
    String table = "layers.1.blocks.0.attn.relative_position_bias_table";
    arrays.put(table, Nd4j.ones(DataType.FLOAT, 13 * 13, arrays.get(table).size(1)));
    InputException e =
        assertThrows(InputException.class, () -> nano.check(WeightSource.of(arrays)));
    assertTrue(
        e.getMessage()
            .contains(
                "another window: %s is of window 7, the architecture's is 4".formatted(table)),
        e.getMessage());
    LoadOptions allowed = LoadOptions.STRICT.withAllowResize(true);
    nano.check(WeightSource.of("seven", arrays, allowed));
    arrays.put(table, Nd4j.ones(DataType.FLOAT, 7 * 7, arrays.get(table).size(1)));
    String first = "layers.0.blocks.0.attn.relative_position_bias_table";
    arrays.put(first, Nd4j.ones(DataType.FLOAT, 5 * 5, arrays.get(first).size(1)));
    assertThrows(InputException.class, () -> nano.check(WeightSource.of(arrays)), "a smaller one");
    // Who chooses another window asks for it.
    nano.withWindowSize(2).check(WeightSource.of(arrays));
  }

  @Test
  void tablesThatAreNoWindowsAreRefused() {
    for (WeightSpec.Tensor wanted : List.of(table(9, 3), table(8, 2), table(16, 2))) {
      WeightSpec spec = new WeightSpec("net", List.of(wanted), Set.of(), Set.of());
      WeightSource source = WeightSource.of(Map.of("table", Nd4j.ones(DataType.FLOAT, 25, 2)));
      InputException e = assertThrows(InputException.class, () -> source.check(spec));
      assertTrue(e.getMessage().contains("wrong shape: table is [25, 2]"), e.getMessage());
    }
  }

  @Test
  void longListsAreCut() {
    Map<String, INDArray> arrays = complete();
    for (int i = 0; i < 20; i++) {
      arrays.put("x" + i, Nd4j.ones(DataType.FLOAT, 1));
    }
    InputException e =
        assertThrows(InputException.class, () -> WeightSource.of(arrays).check(SPEC));
    assertTrue(e.getMessage().contains(" and 12 more"), e.getMessage());
  }

  @Test
  void aFileIsServedAndNamedInErrors(@TempDir Path folder) {
    Path file = folder.resolve("w.safetensors");
    Map<String, INDArray> arrays = complete();
    Safetensors.write(file, arrays, Map.of());
    WeightSource.file(file).check(SPEC);
    arrays.remove("fc.bias");
    Safetensors.write(file, arrays, Map.of());
    InputException e =
        assertThrows(InputException.class, () -> WeightSource.file(file).check(SPEC));
    assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
  }
}
