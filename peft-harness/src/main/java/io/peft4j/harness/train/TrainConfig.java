package io.peft4j.harness.train;

import io.peft4j.api.InputException;
import io.peft4j.graph.plan.Activations;

/**
 * How to train.
 *
 * @param epochs passes over the training images
 * @param batch images per step
 * @param accumulation steps whose mean gradient makes one update
 * @param learningRate peak learning rate
 * @param warmupEpochs linear warm-up
 * @param startRate learning rate at the first update
 * @param endRate learning rate after the last update
 * @param weightDecay decoupled weight decay
 * @param decayPolicy which parameters decay
 * @param clipNorm largest global norm of the gradient
 * @param evalEvery epochs between evaluations; the last epoch is always evaluated
 * @param activations what a step keeps for the way back; the result is the same
 * @param seed seed of data order and noise
 */
public record TrainConfig(
    int epochs,
    int batch,
    int accumulation,
    double learningRate,
    double warmupEpochs,
    double startRate,
    double endRate,
    double weightDecay,
    WeightDecayPolicy decayPolicy,
    double clipNorm,
    int evalEvery,
    Activations.Policy activations,
    long seed) {
  /** In MTLoRA's step of Swin-T: a hundredth slower than to keep all, in 0.73 of the memory. */
  public static final Activations.Policy DEFAULT_ACTIVATIONS = Activations.Policy.CHEAP;

  /** Checks ranges. */
  public TrainConfig {
    positive("epochs", epochs);
    positive("batch", batch);
    positive("accumulation", accumulation);
    positive("learning rate", learningRate);
    if (Double.isInfinite(learningRate)) {
      throw new InputException("learning rate %s must be finite".formatted(learningRate));
    }
    positive("clip norm", clipNorm);
    positive("evaluation interval", evalEvery);
    if (warmupEpochs < 0 || warmupEpochs >= epochs) {
      throw new InputException(
          "warm-up of %s epochs must be shorter than the %d epochs of training"
              .formatted(warmupEpochs, epochs));
    }
    if (!(weightDecay >= 0 && Double.isFinite(weightDecay))) {
      throw new InputException(
          "weight decay %s must be finite and not negative".formatted(weightDecay));
    }
  }

  /**
   * The papers' recipe (reference-spec, section g) at a length: AdamW, decay 0.05, warm-up over a
   * fifteenth, cosine to a hundredth of the peak, clip 5.
   */
  public static TrainConfig of(int epochs, int batch, double learningRate, long seed) {
    return new TrainConfig(
        epochs,
        batch,
        1,
        learningRate,
        epochs / 15.0,
        learningRate / 1000,
        learningRate / 100,
        0.05,
        WeightDecayPolicy.STANDARD,
        5.0,
        epochs,
        DEFAULT_ACTIVATIONS,
        seed);
  }

  /** The schedule for a number of updates per epoch. */
  public Schedule schedule(int updatesPerEpoch) {
    long steps = (long) epochs * updatesPerEpoch;
    long warmup = Math.round(warmupEpochs * updatesPerEpoch);
    return new WarmupCosine(steps, warmup, learningRate, startRate, endRate);
  }

  private static void positive(String name, Number value) {
    if (!(value.doubleValue() > 0)) {
      throw new InputException("%s %s must be positive".formatted(name, value));
    }
  }
}
