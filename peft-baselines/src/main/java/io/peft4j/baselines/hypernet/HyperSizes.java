package io.peft4j.baselines.hypernet;

import io.peft4j.api.method.Option;
import io.peft4j.api.method.Ranges;

/**
 * Sizes of a hypernetwork, an option group.
 *
 * @param taskEmbedding E, of the embeddings that enter it
 * @param hidden H, of its hidden layer
 * @param projected P, of what the generators read
 */
public record HyperSizes(
    @Option(value = "numbers of an embedding", byDefault = "512") int taskEmbedding,
    @Option(value = "width of the hypernetwork's hidden layer", byDefault = "128") int hidden,
    @Option(value = "width of what the generators read", byDefault = "64") int projected) {
  /** Checks that each is two or more. */
  public HyperSizes {
    // one element alone has no layer norm, and SameDiff's gradients of one-element products fail
    Ranges.requireAtLeast(2, "taskEmbedding", taskEmbedding);
    Ranges.requireAtLeast(2, "hidden", hidden);
    Ranges.requireAtLeast(2, "projected", projected);
  }
}
