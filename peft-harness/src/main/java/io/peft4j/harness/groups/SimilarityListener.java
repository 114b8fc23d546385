package io.peft4j.harness.groups;

import io.peft4j.harness.train.TrainListener;

/** Hears how the heads train, then how examples are compared; every call is optional. */
public interface SimilarityListener extends TrainListener {
  /** Hears nothing. */
  SimilarityListener NONE = new SimilarityListener() {};

  /**
   * The gradients of an example are compared.
   *
   * @param done examples so far
   * @param examples examples in all
   */
  default void compared(int done, int examples) {}
}
