package io.peft4j.testkit;

import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Adam (Kingma and Ba 2015, algorithm 1), so that five steps are of one size whatever the scale of
 * a method's gradients.
 */
final class Adam {
  private static final double RATE = 2e-3;
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-12;

  private final Map<String, INDArray> arrays;
  private final Map<String, INDArray> first = new HashMap<>();
  private final Map<String, INDArray> second = new HashMap<>();
  private int steps;

  Adam(Map<String, INDArray> arrays) {
    this.arrays = arrays;
    arrays.forEach(
        (name, a) -> {
          first.put(name, a.ulike());
          second.put(name, a.ulike());
          first.get(name).assign(0);
          second.get(name).assign(0);
        });
  }

  /** Changes the arrays in place. */
  void step(Map<String, INDArray> gradients) {
    steps++;
    double correction1 = 1 - Math.pow(BETA1, steps);
    double correction2 = 1 - Math.pow(BETA2, steps);
    gradients.forEach(
        (name, g) -> {
          INDArray m = first.get(name).muli(BETA1).addi(g.mul(1 - BETA1));
          INDArray v = second.get(name).muli(BETA2).addi(g.mul(g).muli(1 - BETA2));
          INDArray scale = Transforms.sqrt(v.div(correction2), false).addi(EPSILON);
          arrays.get(name).subi(m.mul(RATE / correction1).divi(scale));
        });
  }
}
