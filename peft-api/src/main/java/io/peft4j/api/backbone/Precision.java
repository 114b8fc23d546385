package io.peft4j.api.backbone;

import io.peft4j.api.InputException;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The types that parameters and activations may have: FLOAT, and DOUBLE to check gradients.
 *
 * <p>Safe for use by several threads.
 */
public final class Precision {
  private Precision() {}

  /**
   * Refuses other types; with fewer bits sums overflow and values come out as NaN.
   *
   * @param what whose type it is, for the message
   * @return the type
   * @throws InputException naming the types that work
   */
  public static DataType require(String what, DataType type) {
    if (type != DataType.FLOAT && type != DataType.DOUBLE) {
      throw new InputException(
          "%s: type %s does not work; choose FLOAT, or DOUBLE to check gradients"
              .formatted(what, type));
    }
    return type;
  }
}
