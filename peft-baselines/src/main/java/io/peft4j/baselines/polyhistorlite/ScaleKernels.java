package io.peft4j.baselines.polyhistorlite;

import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.baselines.kronecker.KroneckerSum;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The kernels of a block, which make of s templates one array that is s times as large in each
 * dimension.
 *
 * @param emit makes them
 * @param block path of the block
 * @param scale s, at least 2
 * @param kernelFirst {@code Σ K ⊗ T}, or {@code Σ T ⊗ K}
 */
record ScaleKernels(Emit emit, String block, int scale, boolean kernelFirst) {
  /** {@code s³ + s²}, and s² for a norm; none for s = 1. */
  static long numbers(long scale, boolean hasNorm) {
    return scale == 1 ? 0 : scale * scale * (scale + (hasNorm ? 2 : 1));
  }

  /** A weight {@code [s·rows, s·columns]} from templates {@code [s, rows, columns]}. */
  SDVariable matrix(SDVariable templates, int rows, int columns) {
    SDVariable kernel = kernel("scale_kernel", scale);
    return sum(kernel, templates, new KroneckerSum(scale, scale, scale, rows, columns));
  }

  /** A bias {@code [s·length]} from templates {@code [s, length]}. */
  SDVariable bias(SDVariable templates, int length) {
    return vector("bias_kernel", templates, length);
  }

  /** A gain or offset {@code [s·length]} from templates {@code [s, length]}. */
  SDVariable norm(SDVariable templates, int length) {
    return vector("norm_kernel", templates, length);
  }

  private SDVariable vector(String name, SDVariable templates, int length) {
    SDVariable column =
        sum(kernel(name, 1), templates, new KroneckerSum(scale, scale, 1, length, 1));
    return column.reshape((long) scale * length);
  }

  private SDVariable sum(SDVariable kernel, SDVariable templates, KroneckerSum sum) {
    return kernelFirst
        ? sum.of(emit.ops(), kernel, templates)
        : sum.swapped(emit.ops(), kernel, templates);
  }

  private SDVariable kernel(String name, int columns) {
    return emit.globalParam(block + "." + name, Init.normal(1), scale, scale, columns);
  }
}
