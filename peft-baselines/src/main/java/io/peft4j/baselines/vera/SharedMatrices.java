package io.peft4j.baselines.vera;

import io.peft4j.api.method.Init;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The random matrices, and what of them layers of a width see; layers of equal width share arrays.
 */
final class SharedMatrices {
  private final VeraConfig config;
  private final DataType type;
  private final int widestIn;
  private final int widestOut;
  private final Map<Integer, INDArray> down = new HashMap<>();
  private final Map<Integer, INDArray> up = new HashMap<>();

  SharedMatrices(VeraConfig config, DataType type, int widestIn, int widestOut) {
    this.config = config;
    this.type = type;
    this.widestIn = widestIn;
    this.widestOut = widestOut;
  }

  /** The first {@code in} columns of A, {@code [r, in]}. */
  INDArray down(int in) {
    return down.computeIfAbsent(
        in,
        width ->
            he(0, config.rank(), widestIn)
                .get(NDArrayIndex.all(), NDArrayIndex.interval(0, width))
                .dup('c'));
  }

  /** The first {@code out} rows of B, {@code [out, r]}. */
  INDArray up(int out) {
    return up.computeIfAbsent(
        out,
        width ->
            he(1, widestOut, config.rank())
                .get(NDArrayIndex.interval(0, width), NDArrayIndex.all())
                .dup('c'));
  }

  /** Uniform in ±√(6/columns): {@code kaiming_uniform_} with gain √2. */
  private INDArray he(int which, int rows, int columns) {
    SplittableRandom random = new SplittableRandom(2 * config.seed() + which);
    return Init.uniform(Math.sqrt(6.0 / columns)).create(random, type, rows, columns);
  }
}
