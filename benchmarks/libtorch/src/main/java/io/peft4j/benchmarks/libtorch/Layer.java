package io.peft4j.benchmarks.libtorch;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** A linear layer of rows {@code [rows, in]}. */
interface Layer {
  /** {@code [rows, out]}. */
  Tensor apply(Tensor x);

  /** y = W x + b. */
  record Linear(Tensor weight, @Nullable Tensor bias) implements Layer {
    @Override
    public Tensor apply(Tensor x) {
      return bias == null ? torch.linear(x, weight) : torch.linear(x, weight, bias);
    }
  }

  /**
   * y = W x + b + s B A x. The branch stands beside the frozen product, since W + s B A would cost
   * its full gradient, and is added as it is multiplied.
   */
  record Lora(Linear frozen, Tensor a, Tensor b, double scale) implements Layer {
    @Override
    public Tensor apply(Tensor x) {
      Tensor base = frozen.apply(x);
      return base.addmm_(torch.linear(x, a), b.t(), new Scalar(1.0), new Scalar(scale));
    }
  }
}
