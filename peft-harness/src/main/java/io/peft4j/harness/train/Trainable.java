package io.peft4j.harness.train;

import io.peft4j.api.InputException;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A parameter that training changes in place.
 *
 * @param name its name, under which gradients and optimizer state are found
 * @param value its elements, FLOAT or DOUBLE; updates are written into this very array
 * @param decay whether weight decay acts on it
 */
public record Trainable(String name, INDArray value, boolean decay) {
  /** Checks name and type. */
  public Trainable {
    if (name.isBlank()) {
      throw new InputException("a trainable parameter has no name");
    }
    DataType type = value.dataType();
    if (type != DataType.FLOAT && type != DataType.DOUBLE) {
      throw new InputException(
          "parameter '%s' is %s; only FLOAT and DOUBLE can be trained, cast it"
              .formatted(name, type));
    }
    if (value.isEmpty()) {
      throw new InputException("parameter '" + name + "' has no elements to train");
    }
  }
}
