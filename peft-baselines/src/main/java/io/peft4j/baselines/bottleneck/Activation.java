package io.peft4j.baselines.bottleneck;

import io.peft4j.api.method.Ops;
import org.nd4j.autodiff.samediff.SDVariable;

/** The function between down and up projection. */
public enum Activation {
  /** {@code x·sigmoid(x)}. */
  SWISH {
    @Override
    SDVariable of(Ops ops, SDVariable x) {
      return ops.silu(x);
    }
  },
  /** Exact GELU. */
  GELU {
    @Override
    SDVariable of(Ops ops, SDVariable x) {
      return ops.gelu(x);
    }
  },
  /** {@code ½x(1 + tanh(√(2/π)(x + 0.044715 x³)))} (Hendrycks and Gimpel 2016). */
  GELU_TANH {
    @Override
    SDVariable of(Ops ops, SDVariable x) {
      SDVariable cubic = ops.square(x).mul(0.044715).add(1.0).mul(x);
      return ops.tanh(cubic.mul(Math.sqrt(2 / Math.PI))).add(1.0).mul(x).mul(0.5);
    }
  },
  /** {@code max(x, 0)}. */
  RELU {
    @Override
    SDVariable of(Ops ops, SDVariable x) {
      return ops.relu(x);
    }
  };

  abstract SDVariable of(Ops ops, SDVariable x);
}
