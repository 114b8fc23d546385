package io.peft4j.harness.data;

import io.peft4j.api.InputException;

/**
 * Which data, in numbers; with the image size it determines every pixel.
 *
 * @param id name of the data set
 * @param trainSize training images
 * @param validationSize validation images
 * @param seed seed of the pictures
 * @param flip whether training images are mirrored with probability ½
 */
public record DataSpec(String id, int trainSize, int validationSize, long seed, boolean flip) {
  /** Checks that the sizes are positive. */
  public DataSpec {
    if (trainSize < 1 || validationSize < 1) {
      throw new InputException(
          "data set %s: %d training and %d validation images; both must be positive"
              .formatted(id, trainSize, validationSize));
    }
  }
}
