package io.peft4j.api.method;

import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The arrays of a plugin by full name, for changes after an optimizer step.
 *
 * <p>Not safe for use by several threads; it is there for one call in the thread that trains.
 */
public interface OwnParameters {
  /** Full names of the trainables, in the order of the graph. */
  Set<String> names();

  /** A trainable array itself: a change in place is a change of the model. */
  INDArray get(String name);

  /**
   * What {@link Emit#buffer} made, by full name; a change in place is a change of the model.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  INDArray buffer(String name);

  /**
   * The gradient that the step was taken with, before clipping.
   *
   * @throws IllegalStateException if the training loop did not hand it over
   */
  INDArray gradient(String name);
}
