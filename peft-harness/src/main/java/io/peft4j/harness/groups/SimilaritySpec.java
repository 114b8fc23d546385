package io.peft4j.harness.groups;

import io.peft4j.api.InputException;
import io.peft4j.harness.run.RunSpec;
import io.peft4j.harness.task.TaskSet;

/**
 * All that determines a measurement of task similarities; equal specifications give equal
 * similarities, to the bit.
 *
 * @param heads how the heads are trained first, by {@link #METHOD}; its seed also orders the
 *     examples
 * @param examples training images whose gradients are compared, N of eq. 3
 */
public record SimilaritySpec(RunSpec heads, int examples) {
  /** The method that trains heads on a frozen backbone. */
  public static final String METHOD = "decoders-only";

  /** Checks that tasks can be compared, and on so many images. */
  public SimilaritySpec {
    if (!heads.method().equals(METHOD)) {
      throw new InputException(
          "similarities are measured on a frozen backbone: heads are trained by %s, not %s"
              .formatted(METHOD, heads.method()));
    }
    if (heads.perTask()) {
      throw new InputException(
          "similarities are measured on one backbone that all tasks share, not on one per task");
    }
    requireSeveral(heads.taskSet());
    int images = heads.data().trainSize();
    if (examples < 1 || examples > images) {
      throw new InputException(
          "%d examples to compare: from 1 to the %d training images".formatted(examples, images));
    }
  }

  static void requireSeveral(TaskSet tasks) {
    if (tasks.names().size() < 2) {
      throw new InputException(
          "similarity is between tasks; name at least two, not %s alone"
              .formatted(tasks.names().get(0)));
    }
  }
}
