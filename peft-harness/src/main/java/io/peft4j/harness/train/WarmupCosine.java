package io.peft4j.harness.train;

import io.peft4j.api.InputException;

/**
 * A line from {@code start} to {@code peak}, then half a cosine down to {@code end}. With w warm-up
 * steps of T:
 *
 * <pre>
 * f(t) = start + t (peak − start)/w                               for t &lt; w
 *      = end + ½(peak − end)(1 + cos(π (t − w)/(T − w)))          up to T, then end
 * </pre>
 *
 * @param steps T, updates in all
 * @param warmup w, updates of the warm-up, below {@code steps}
 * @param peak largest learning rate
 * @param start learning rate of the first update
 * @param end learning rate that the cosine ends at
 * @param convention how the updates are counted
 */
public record WarmupCosine(
    long steps, long warmup, double peak, double start, double end, Convention convention)
    implements Schedule {

  /** Batch size for which the papers state their learning rates. */
  private static final double STATED_BATCH = 512;

  /** How updates are counted. */
  public enum Convention {
    /** Update k takes f(k). */
    IDEAL,
    /**
     * Update k takes f(k − 1), and the first two f(0): the MTLoRA and DiTASK code sets the rate
     * after the update, by its index from 0.
     */
    REFERENCE_LAG,
    /**
     * The cosine runs from update 0 over all T, cut off by the warm-up, so that it begins below the
     * peak: what timm's schedulers do unless told that the warm-up is a prefix.
     */
    PREFIX_FALSE
  }

  /** Checks the ranges. */
  public WarmupCosine {
    if (warmup < 0 || warmup >= steps) {
      throw new InputException(
          "schedule: %d warm-up steps of %d; they must be from 0 to %d"
              .formatted(warmup, steps, steps - 1));
    }
    requireRate("peak", peak, Double.MAX_VALUE);
    requireRate("start", start, peak);
    requireRate("end", end, peak);
  }

  private static void requireRate(String name, double rate, double largest) {
    if (!(rate >= 0 && rate <= largest)) {
      throw new InputException(
          "schedule: learning rate %s %s must be from 0 to %s".formatted(name, rate, largest));
    }
  }

  /** The schedule with f as it is written above. */
  public WarmupCosine(long steps, long warmup, double peak, double start, double end) {
    this(steps, warmup, peak, start, end, Convention.IDEAL);
  }

  /**
   * The papers' rates, 5e-4, 5e-7 and 5e-6 at 512 images, in proportion to the images per update
   * (batch size times accumulated batches).
   */
  public static WarmupCosine papers(long steps, long warmup, int imagesPerUpdate) {
    double scale = imagesPerUpdate / STATED_BATCH;
    return new WarmupCosine(steps, warmup, 5e-4 * scale, 5e-7 * scale, 5e-6 * scale);
  }

  @Override
  public double learningRate(long step) {
    if (step < 0) {
      throw new IllegalArgumentException("step " + step + " is before the first");
    }
    long t = convention == Convention.REFERENCE_LAG ? Math.max(0, step - 1) : step;
    if (t < warmup) {
      return start + t * (peak - start) / warmup;
    }
    long origin = convention == Convention.PREFIX_FALSE ? 0 : warmup;
    double progress = Math.min(1, (double) (t - origin) / (steps - origin));
    return end + 0.5 * (peak - end) * (1 + Math.cos(Math.PI * progress));
  }
}
