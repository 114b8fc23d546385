package io.peft4j.baselines.hypernet;

import io.peft4j.api.InputException;

/**
 * Sizes of a hypernetwork.
 *
 * @param embedding E, of the embeddings that enter it
 * @param hidden H, of its hidden layer
 * @param projected P, of what the generators read
 */
public record HyperSizes(int embedding, int hidden, int projected) {
  /** Checks that they are positive. */
  public HyperSizes {
    requirePositive("taskEmbedding", embedding);
    requirePositive("hidden", hidden);
    requirePositive("projected", projected);
  }

  private static void requirePositive(String option, int value) {
    // one element alone has no layer norm, and SameDiff's gradients of one-element products fail
    if (value < 2) {
      throw new InputException("%s %d must be at least 2".formatted(option, value));
    }
  }
}
