package io.peft4j.baselines.adalora;

import io.peft4j.api.method.OwnParameters;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Smoothed importance of every entry of one array (Zhang et al. 2023, eq. 8 to 10): sensitivity
 * {@code I = |w ∇w|}, {@code Ī ← β₁Ī + (1 - β₁)I}, uncertainty {@code Ū ← β₂Ū + (1 - β₂)|I - Ī|}
 * with the new Ī; an entry scores {@code Ī·Ū}.
 *
 * @param sensitivity Ī
 * @param uncertainty Ū
 */
record Importance(INDArray sensitivity, INDArray uncertainty) {

  /** What is remembered of a factor of a branch. */
  static Importance of(Branch branch, String factor, OwnParameters own) {
    return new Importance(
        own.buffer(branch.name(Branch.sensitivity(factor))),
        own.buffer(branch.name(Branch.uncertainty(factor))));
  }

  /** Takes a step's values and gradients in. */
  void update(INDArray values, INDArray gradient, AdaLoraConfig config) {
    INDArray now = Transforms.abs(values.mul(gradient), false);
    sensitivity.muli(config.beta1()).addi(now.mul(1 - config.beta1()));
    INDArray deviation = Transforms.abs(now.sub(sensitivity), false);
    uncertainty.muli(config.beta2()).addi(deviation.mul(1 - config.beta2()));
  }

  /** Scores by entry. */
  INDArray scores() {
    return sensitivity.mul(uncertainty);
  }
}
