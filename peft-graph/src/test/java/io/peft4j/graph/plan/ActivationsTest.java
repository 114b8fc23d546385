package io.peft4j.graph.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.ops.AuditedOps;
import io.peft4j.graph.toy.ToyBackbone;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computing again what was forgotten saves memory and changes no bit. */
class ActivationsTest {
  private static final int ROWS = 64;
  private static final int WIDTH = 8;
  private static final int BLOCKS = 6;

  private final SameDiff sd = SameDiff.create();
  private final List<String> trainables = new ArrayList<>();
  private final Set<String> blocks = new java.util.LinkedHashSet<>();
  private final Map<String, INDArray> inputs =
      Map.of("x", ToyBackbone.value("x", ROWS, WIDTH), "mask", ToyBackbone.value("m", ROWS, 1));

  ActivationsTest() {
    AuditedOps ops = new AuditedOps(sd);
    SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, WIDTH);
    SDVariable mask = sd.placeHolder("mask", DataType.DOUBLE, -1, 1);
    for (int b = 0; b < BLOCKS; b++) {
      SDVariable gain = sd.constant("gain" + b, ToyBackbone.value("g" + b, WIDTH));
      SDVariable offset = trainable("offset" + b, WIDTH);
      SDVariable normed = ops.layerNorm(x, gain, offset, 1e-5);
      SDVariable hidden = ops.linear(normed, trainable("up" + b, 4 * WIDTH, WIDTH));
      SDVariable active = ops.gelu(hidden).mul(mask);
      SDVariable out = ops.linear(active, trainable("down" + b, WIDTH, 4 * WIDTH));
      x = x.add(ops.roll(ops.tanh(out), 1, 1, WIDTH)).rename("block" + b);
      blocks.add(x.name());
    }
    x.mul(x).sum().rename("loss");
  }

  private SDVariable trainable(String name, long... shape) {
    trainables.add(name);
    return sd.var(name, ToyBackbone.value(name, shape));
  }

  @Test
  void gradientsAreTheSameToTheBit() {
    Map<String, double[]> kept = gradients(Activations.kept());
    for (Activations choice :
        List.of(Activations.cheapRecomputed(), Activations.checkpointed(blocks))) {
      Map<String, double[]> again = gradients(choice);
      assertEquals(kept.keySet(), again.keySet());
      kept.forEach((n, g) -> assertArrayEquals(g, again.get(n), 0, choice + " " + n));
    }
  }

  private Map<String, double[]> gradients(Activations activations) {
    Map<String, double[]> found = new LinkedHashMap<>();
    try (GraphExecutor plan = PlanExecutor.forTraining(sd, "loss", trainables, activations)) {
      plan.gradients(inputs, List.of());
      plan.gradients(inputs, List.of("block0", "loss"))
          .gradients()
          .forEach((n, g) -> found.put(n, g.dup().data().asDouble()));
    }
    return found;
  }

  @Test
  void memoryShrinks() {
    long kept = arena(Activations.kept());
    assertTrue(arena(Activations.cheapRecomputed()) < 0.8 * kept);
    assertTrue(arena(Activations.checkpointed(blocks)) < 0.5 * kept);
  }

  private long arena(Activations activations) {
    Compiled plan =
        Compiled.of(
            sd,
            List.of(),
            Optional.of(new Compiled.Objective("loss", trainables, activations)),
            name -> inputs.get(name).shape());
    return plan.allocation().sizes().get(DataType.DOUBLE);
  }

  @Test
  void checkpointsAreNamedWhereTheyAreMeant() {
    assertThrows(IllegalArgumentException.class, () -> Activations.checkpointed(Set.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Activations(Activations.Policy.KEEP, Set.of("block0")));
  }
}
