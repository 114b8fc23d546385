package io.peft4j.graph.emitted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.Shape;
import io.peft4j.api.backbone.NoiseInput;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.Init;
import io.peft4j.api.routing.Stream;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Leaves are made once, and each name is given to one thing. */
class TargetGraphTest {
  private final TargetGraph target = graph(true, 1);

  @Test
  void arraysAreThoseOfTheGraph() {
    Map<String, INDArray> arrays = target.arrays();
    target.trainable(adapter("a", 2), Init.ones());
    target.buffer("b", Init.zeros(), 2);
    target.constant("c", () -> Nd4j.ones(DataType.DOUBLE, 2), Shape.of(2));
    assertEquals(Set.of("a"), arrays.keySet(), "those to come are seen");
    assertEquals(Set.of("b"), target.buffers().keySet());
    arrays.get("a").addi(1);
    assertEquals(2, target.graph().getVariable("a").getArr().getDouble(0));
    assertThrows(UnsupportedOperationException.class, () -> arrays.remove("a"));
  }

  /** The model trains a copy of a view, and the graph has the model's array. */
  @Test
  void startValuesMayBeViews() {
    INDArray wide = Nd4j.ones(DataType.DOUBLE, 4, 4);
    target.trainable(
        adapter("a", 2, 4), (random, type, shape) -> wide.get(NDArrayIndex.interval(1, 3)));
    assertSame(target.graph().getVariable("a").getArr(), target.arrays().get("a"));
    target.arrays().get("a").addi(1);
    assertEquals(16, wide.sumNumber().intValue());
  }

  /** Operations make constants whose names tell their values; a backbone has them too. */
  @Test
  void aConstantThatAnOperationMadeIsFound() {
    INDArray value = Nd4j.ones(DataType.DOUBLE, 2);
    SDVariable made = target.ops().constant("const.ones", value);
    assertSame(made, target.constant("const.ones", value.dup()));
    INDArray other = Nd4j.zeros(DataType.DOUBLE, 2);
    target.ops().constant("const.other", value);
    assertThrows(IllegalArgumentException.class, () -> target.constant("const.other", other));
  }

  @Test
  void aNameIsGivenOnce() {
    NoiseInput noise = new NoiseInput("noise", 0.5, 2, Shape.of(3));
    target.trainable(adapter("trained", 2), Init.ones());
    target.noise(noise);
    target.placeholder("fed", DataType.DOUBLE, -1, 3);
    assertRefused(() -> target.trainable(adapter("trained", 3), Init.ones()), "trained", "[3]");
    assertRefused(() -> target.buffer("trained", Init.ones(), 2), "trained", "buffer");
    assertRefused(
        () -> target.constant("trained", () -> Nd4j.ones(2), Shape.of(2)), "trained", "constant");
    assertRefused(() -> target.placeholder("fed", DataType.DOUBLE, -1, 4), "fed", "[0, 4]");
    assertRefused(() -> target.placeholder("noise", DataType.DOUBLE, -1, 3), "noise", "noise");
    assertRefused(() -> target.noise(new NoiseInput("noise", 0.1, 2, Shape.of(3))), "noise", "0.5");
    assertEquals(noise, target.noises().get("noise"));
    assertEquals(4, target.graph().variables().size() + 1);
  }

  @Test
  void startValuesHaveTheDeclaredShape() {
    assertRefused(
        () ->
            target.trainable(
                adapter("a", 2), (random, type, shape) -> Nd4j.ones(DataType.DOUBLE, 3)),
        "'a'",
        "[3]");
  }

  @Test
  void aCountedGraphHasNoArrays() {
    TargetGraph counted = graph(false, 1);
    Init none =
        (random, type, shape) -> {
          throw new AssertionError("a value was computed");
        };
    counted.trainable(adapter("a", 2), none);
    counted.buffer("b", none, 2);
    counted.constant(
        "c",
        () -> {
          throw new AssertionError("a value was computed");
        },
        Shape.of(2));
    assertEquals(Map.of(), counted.arrays());
    assertEquals(Map.of(), counted.buffers());
    assertTrue(counted.graph().variables().stream().allMatch(v -> v.isPlaceHolder()));
  }

  private static void assertRefused(Runnable action, String... parts) {
    String message = assertThrows(IllegalStateException.class, action::run).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }

  private static Trainable adapter(String name, long... shape) {
    return Trainable.added(name, Owner.ADAPTER, Param.Kind.WEIGHT, Stream.SHARED, shape);
  }

  private static TargetGraph graph(boolean materialised, long seed) {
    return new TargetGraph(DataType.DOUBLE, materialised, seed, n -> Optional.empty());
  }
}
