package io.peft4j.api.method;

import io.peft4j.api.Shape;
import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.TaskRouter;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * A method bound to a configuration, a backbone and tasks; holds all state of one adaptation.
 *
 * <p>Every answer has a default that leaves the backbone alone, so a method overrides only what it
 * changes. Not safe for use by several threads; calls come from the one that builds, or trains.
 */
public interface Rewrite {
  /** Which stream computes a place; by default one stream for all tasks. */
  default TaskRouter router() {
    return TaskRouter.shared();
  }

  /** What happens to a parameter of the backbone that stream {@code stream} reads. */
  default Training training(Param param, Stream stream) {
    return Training.FROZEN;
  }

  /** The output of a linear site; called once per stream. */
  default SDVariable linear(LinearSite site, Emit emit) {
    return emit.next();
  }

  /** The value at a tap; called once per stream. */
  default SDVariable tap(TapSite site, Emit emit) {
    return emit.next();
  }

  /** The output of an attention product; called once per stream. */
  default SDVariable attention(AttentionSite site, Emit emit) {
    return emit.next();
  }

  /** True if the adapted model starts as the frozen backbone. */
  default boolean identityAtStart() {
    return true;
  }

  /**
   * Trainable numbers in the backbone by the formula of the method's paper, dead tensors included;
   * the conformance kit compares it with the graph.
   */
  default OptionalLong declaredParameters() {
    return OptionalLong.empty();
  }

  /**
   * Tensors that the papers' code makes and counts though no gradient can reach them, by the name
   * that they would have; they do not exist in an emitted graph, so they are neither trained nor
   * saved.
   */
  default Map<String, Shape> deadTensors() {
    return Map.of();
  }

  /** How many numbers {@link #deadTensors()} hold. */
  default long deadParameters() {
    return deadTensors().values().stream().mapToLong(Shape::size).sum();
  }

  /** A method that stores the weights which this one generates, if this one generates any. */
  default Optional<PlainForm> plainForm() {
    return Optional.empty();
  }

  /** Called before the first step, also of a training that is resumed, with how many there are. */
  default void beforeTraining(long steps) {}

  /** Called after each optimizer step, counted from 1 (retractions, rank schedules). */
  default void afterStep(OwnParameters own, long step) {}
}
