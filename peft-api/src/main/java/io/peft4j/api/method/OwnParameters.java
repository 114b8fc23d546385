package io.peft4j.api.method;

import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The trainable arrays of a plugin by full name, for changes after an optimizer step. */
public interface OwnParameters {
  /** Full names, in the order of the graph. */
  Set<String> names();

  /** The array itself: a change in place is a change of the model. */
  INDArray get(String name);

  /**
   * The gradient that the step was taken with, before clipping.
   *
   * @throws IllegalStateException if the trainer did not hand it over
   */
  INDArray gradient(String name);
}
