package io.peft4j.api.method;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The audited operations: each has a gradient that is checked by finite differences.
 *
 * <p>SameDiff's own arithmetic on {@link SDVariable} ({@code add}, {@code sub}, {@code mul}, {@code
 * reshape}, {@code permute}) is audited too and may be used freely; {@code div} and {@code mmul}
 * where operands have more than one element, since SameDiff's gradients are wrong at one: write
 * {@code x.mul(y.rdiv(1.0))} and {@link #linear}. Anything else is refused before training, with
 * the name of the replacement. Names of results are chosen by SameDiff unless said otherwise.
 *
 * <p>Not safe for use by several threads; it adds to a graph, which one thread builds.
 */
public interface Ops {
  /** {@code x Wᵀ} with {@code x [rows, in]}, {@code w [out, in]}; result {@code [rows, out]}. */
  SDVariable linear(SDVariable x, SDVariable w);

  /** {@code x Wᵀ + b} with {@code b [out]}. */
  SDVariable linear(SDVariable x, SDVariable w, SDVariable b);

  /** Matrix product over the last two dimensions with optional transposes; equal leading ones. */
  SDVariable matmul(SDVariable a, SDVariable b, boolean transposeA, boolean transposeB);

  /** Layer norm over the last dimension, biased variance, eps inside the root. */
  SDVariable layerNorm(SDVariable x, SDVariable gain, SDVariable offset, double eps);

  /**
   * Batch norm of {@code [rows, channels]} over rows: batch statistics where {@code training} is 1,
   * running statistics where it is 0.
   *
   * @return normalised rows, batch mean {@code [1, channels]} and biased variance {@code [1,
   *     channels]}
   */
  BatchNorm batchNorm(
      SDVariable x,
      SDVariable gain,
      SDVariable offset,
      SDVariable runningMean,
      SDVariable runningVariance,
      SDVariable training,
      double eps);

  /** Exact GELU, {@code x·½(1 + erf(x/√2))}. */
  SDVariable gelu(SDVariable x);

  /** {@code max(x, 0)}. */
  SDVariable relu(SDVariable x);

  /** {@code 1/(1 + e^-x)}. */
  SDVariable sigmoid(SDVariable x);

  /** Hyperbolic tangent. */
  SDVariable tanh(SDVariable x);

  /** {@code x·sigmoid(x)}. */
  SDVariable silu(SDVariable x);

  /** {@code e^x}. */
  SDVariable exp(SDVariable x);

  /** Natural logarithm. */
  SDVariable log(SDVariable x);

  /** {@code log(1 + e^x)} without overflow. */
  SDVariable softplus(SDVariable x);

  /** {@code x²}. */
  SDVariable square(SDVariable x);

  /** {@code √x}. */
  SDVariable sqrt(SDVariable x);

  /** {@code |x|}. */
  SDVariable abs(SDVariable x);

  /** Softmax over the last dimension. */
  SDVariable softmax(SDVariable x);

  /** Logarithm of the softmax over the last dimension, shifted by the maximum. */
  default SDVariable logSoftmax(SDVariable x) {
    return logSoftmax(x, -1);
  }

  /**
   * Logarithm of the softmax over a dimension, shifted by the maximum. Where classes come before
   * pixels, as in maps {@code [batch, classes, pixels]}, nothing needs to be moved for it.
   */
  SDVariable logSoftmax(SDVariable x, int axis);

  /** Sum over dimensions. */
  SDVariable sum(SDVariable x, boolean keepDims, int... axes);

  /** Mean over dimensions. */
  SDVariable mean(SDVariable x, boolean keepDims, int... axes);

  /** The value without its gradient. */
  SDVariable stopGradient(SDVariable x);

  /** A range of one dimension. */
  SDVariable slice(SDVariable x, int axis, long from, long to);

  /** Joins along a dimension. */
  SDVariable concat(int axis, SDVariable... parts);

  /**
   * Cyclic shift {@code y[i] = x[(i - by) mod size]} along a dimension (torch.roll).
   *
   * @param size size of the dimension
   */
  SDVariable roll(SDVariable x, int axis, int by, int size);

  /** Zeros after the end of a dimension, whose other sizes must be {@code shapeOfPad}'s. */
  SDVariable padEnd(SDVariable x, int axis, int size, int to, int rank);

  /**
   * Bilinear resize (align_corners false, no antialias) of {@code [rows, height, width]} maps to
   * {@code [rows, toHeight, toWidth]}.
   */
  SDVariable resizeBilinear(SDVariable x, int height, int width, int toHeight, int toWidth);

  /**
   * Rows of a table chosen by a fixed index, as a product with a one-hot constant.
   *
   * @param table {@code [entries, width]}
   * @param index for each result row the entry
   * @return {@code [index.length, width]}
   */
  SDVariable lookup(String name, SDVariable table, int entries, int[] index);

  /** A constant that is not saved and not counted; get-or-create by name. */
  SDVariable constant(String name, INDArray value);

  /** Results of {@link Ops#batchNorm}. */
  record BatchNorm(SDVariable output, SDVariable batchMean, SDVariable batchVariance) {}
}
