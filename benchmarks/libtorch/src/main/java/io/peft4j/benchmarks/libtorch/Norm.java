package io.peft4j.benchmarks.libtorch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Layer norm of the last dimension. */
record Norm(Tensor weight, Tensor bias) {
  private static final double EPSILON = 1e-5;

  Tensor apply(Tensor x) {
    return torch.layer_norm(
        x,
        new long[] {weight.size(0)},
        new TensorOptional(weight),
        new TensorOptional(bias),
        EPSILON,
        false);
  }
}
