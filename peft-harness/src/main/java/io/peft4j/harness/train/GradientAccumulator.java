package io.peft4j.harness.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The mean gradient of several batches, for one update of a batch larger than memory takes.
 *
 * <p>Every batch weighs the same, as if each loss were divided by the number of batches. Its arrays
 * are allocated once and used again for the next update. Not safe for use by several threads; it
 * belongs to the training.
 */
public final class GradientAccumulator {
  private final int most;
  private Map<String, INDArray> sums = new LinkedHashMap<>();
  private int batches;
  private boolean taken;

  /**
   * An accumulator.
   *
   * @param most how many batches make one update
   */
  public GradientAccumulator(int most) {
    this.most = most;
  }

  /**
   * Adds the gradients of one batch. They are copied, unless one batch makes an update: then they
   * are handed on as they are.
   *
   * @throws IllegalArgumentException if the names are not those of the batches before
   */
  public void add(Map<String, INDArray> gradients) {
    if (taken) {
      batches = 0;
      taken = false;
    }
    if (!sums.isEmpty() && !sums.keySet().equals(gradients.keySet())) {
      throw new IllegalArgumentException(
          "gradients of %s are added to those of %s".formatted(gradients.keySet(), sums.keySet()));
    }
    if (most == 1) {
      sums = gradients;
    } else {
      gradients.forEach(this::add);
    }
    batches++;
  }

  private void add(String name, INDArray gradient) {
    INDArray sum = sums.get(name);
    if (sum == null) {
      sums.put(name, gradient.dup('c'));
    } else if (batches == 0) {
      sum.assign(gradient);
    } else {
      sum.addi(gradient);
    }
  }

  /** Number of batches added since the mean was last taken. */
  public int batches() {
    return taken ? 0 : batches;
  }

  /**
   * The mean over the batches added; valid until the next batch is added.
   *
   * @throws IllegalStateException if none was added
   */
  public Map<String, INDArray> takeMean() {
    if (batches() == 0) {
      throw new IllegalStateException("no gradients were added");
    }
    if (batches > 1) {
      sums.values().forEach(sum -> sum.divi(batches));
    }
    taken = true;
    return Collections.unmodifiableMap(sums);
  }
}
