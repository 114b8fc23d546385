package io.peft4j.harness.checkpoint;

import java.util.Collections;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * All that a run needs to go on where it stood.
 *
 * @param step training steps done
 * @param document what is no array, as JSON
 * @param arrays the others by name; not copied
 */
public record Checkpoint(long step, String document, Map<String, INDArray> arrays) {
  /** Checks the step. */
  public Checkpoint {
    if (step < 0) {
      throw new IllegalArgumentException("step %d is before the first".formatted(step));
    }
    arrays = Collections.unmodifiableMap(arrays);
  }
}
