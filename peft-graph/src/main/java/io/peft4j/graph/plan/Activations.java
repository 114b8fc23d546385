package io.peft4j.graph.plan;

import com.google.common.collect.ImmutableSet;
import java.util.Set;

/**
 * What a training step does with values of the forward pass that the backward pass reads. Gradients
 * are the same to the bit, whatever is chosen.
 *
 * @param policy keep or compute again
 * @param checkpoints variables that are kept under {@link Policy#CHECKPOINT}
 */
public record Activations(Policy policy, Set<String> checkpoints) {
  /** Memory against time. */
  public enum Policy {
    /** Keep all: fastest. */
    KEEP,
    /** Compute again what costs little (GELU, norms, moves): about two thirds of the memory. */
    CHEAP,
    /** Keep checkpoints only: least memory, a forward pass more. */
    CHECKPOINT
  }

  /** Copies the names. */
  public Activations {
    checkpoints = ImmutableSet.copyOf(checkpoints);
    if ((policy == Policy.CHECKPOINT) == checkpoints.isEmpty()) {
      throw new IllegalArgumentException(
          "%s with %d checkpoints: name some for CHECKPOINT, none otherwise"
              .formatted(policy, checkpoints.size()));
    }
  }

  /** Keep all. */
  public static Activations kept() {
    return new Activations(Policy.KEEP, Set.of());
  }

  /** Compute again what costs little. */
  public static Activations cheapRecomputed() {
    return new Activations(Policy.CHEAP, Set.of());
  }

  /**
   * Keep what is named, compute again what lies between.
   *
   * @param variables names in the graph, such as the outputs of blocks
   */
  public static Activations checkpointed(Set<String> variables) {
    return new Activations(Policy.CHECKPOINT, variables);
  }
}
