package io.peft4j.harness.train;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Watches that training does something, and nothing absurd. */
final class TrainingGuard {
  /** A zero-initialised factor blocks its partner's gradient in the first update only. */
  private static final int MOVED_AFTER_UPDATES = 5;

  private final Map<String, INDArray> parameters;

  /** First values of those that have not been seen to move. */
  private final Map<String, INDArray> start = new LinkedHashMap<>();

  private final List<String> warnings = new ArrayList<>();

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

  /** Empty until it was looked what has moved. */
  Optional<TrainState.Watched> watched(long updates) {
    return updates < MOVED_AFTER_UPDATES
        ? Optional.empty()
        : Optional.of(new TrainState.Watched(List.copyOf(start.keySet()), warnings));
  }

  List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** Training goes on after updates made before; without {@code watched} all that was looked at. */
  void resumed(long updates, Optional<TrainState.Watched> watched) {
    if (updates < MOVED_AFTER_UPDATES) {
      return;
    }
    warnings.clear();
    watched.ifPresent(w -> warnings.addAll(w.warnings()));
    Set<String> moved = new HashSet<>(start.keySet());
    watched.ifPresent(w -> w.unmoved().forEach(moved::remove));
    moved.forEach(this::forget);
  }

  /**
   * After an update.
   *
   * @param hasHadGradient whether a parameter has had a gradient other than zero
   * @return a warning, if something is to be warned of now
   */
  Optional<String> updated(long updates, Predicate<String> hasHadGradient) {
    return updates == MOVED_AFTER_UPDATES ? look(updates, hasHadGradient) : Optional.empty();
  }

  /** After the last update, as {@link #updated}: rare labels may have given a late gradient. */
  Optional<String> ended(long updates, Predicate<String> hasHadGradient) {
    return look(updates, hasHadGradient);
  }

  /** What has no gradient cannot move: the labels of its task may be rare. */
  private Optional<String> look(long updates, Predicate<String> hasHadGradient) {
    List<String> still = new ArrayList<>();
    for (String name : List.copyOf(start.keySet())) {
      if (!parameters.get(name).equalsWithEps(start.get(name), 0.0)) {
        forget(name);
      } else if (hasHadGradient.test(name)) {
        still.add(name);
        forget(name);
      }
    }
    if (still.isEmpty()) {
      return Optional.empty();
    }
    String warning =
        "after %d updates %d of %d trainables have had a gradient and not moved, the first is '%s'; is the learning rate above rounding?"
            .formatted(updates, still.size(), parameters.size(), still.get(0));
    warnings.add(warning);
    return Optional.of(warning);
  }

  private void forget(String name) {
    start.remove(name).close();
  }
}
