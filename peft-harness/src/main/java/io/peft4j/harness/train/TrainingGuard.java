package io.peft4j.harness.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Watches that training does something, and nothing absurd. */
final class TrainingGuard {
  /** A zero-initialised factor blocks its partner's gradient in the first update only. */
  private static final int MOVED_AFTER_UPDATES = 5;

  private final Map<String, INDArray> parameters;
  private final Map<String, INDArray> start = new LinkedHashMap<>();
  private boolean movementChecked;

  TrainingGuard(Map<String, INDArray> parameters) {
    if (parameters.isEmpty()) {
      throw new TrainingException(
          "nothing to train: 0 trainable parameters; choose a method or unfreeze something");
    }
    this.parameters = parameters;
    parameters.forEach((name, array) -> start.put(name, array.dup()));
  }

  /** Names the first tensor that is not finite: losses first, then gradients. */
  static void requireFinite(
      long step, Map<String, Double> losses, Map<String, INDArray> gradients, double norm) {
    losses.forEach(
        (name, value) -> {
          if (!Double.isFinite(value)) {
            throw new TrainingException(
                "step %d: %s is %s; lower the learning rate or look at the labels of this batch"
                    .formatted(step, name, value));
          }
        });
    if (Double.isFinite(norm)) {
      return;
    }
    for (Map.Entry<String, INDArray> gradient : gradients.entrySet()) {
      if (!Double.isFinite(gradient.getValue().sumNumber().doubleValue())) {
        throw new TrainingException(
            "step %d: the gradient of '%s' is not finite; lower the learning rate"
                .formatted(step, gradient.getKey()));
      }
    }
    throw new TrainingException("step %d: the gradient's norm overflows".formatted(step));
  }

  /** Training goes on after updates made before, whose first ones have been watched. */
  void resumed(long updates) {
    if (updates > MOVED_AFTER_UPDATES) {
      movementChecked = true;
      forgetStart();
    } else {
      // What did not move is refused again.
      updated(updates);
    }
  }

  private void forgetStart() {
    start.values().forEach(INDArray::close);
    start.clear();
  }

  /** After the first updates, refuses to go on with parameters that never moved. */
  void updated(long updates) {
    if (movementChecked || updates < MOVED_AFTER_UPDATES) {
      return;
    }
    movementChecked = true;
    List<String> still = new ArrayList<>();
    parameters.forEach(
        (name, array) -> {
          if (array.equalsWithEps(start.get(name), 0.0)) {
            still.add(name);
          }
        });
    forgetStart();
    if (!still.isEmpty()) {
      throw new TrainingException(
          "after %d updates %d of %d trainables have not moved, the first is '%s'; is it used, "
                  .formatted(updates, still.size(), parameters.size(), still.get(0))
              + "and the learning rate above rounding?");
    }
  }
}
