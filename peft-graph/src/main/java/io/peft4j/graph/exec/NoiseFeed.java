package io.peft4j.graph.exec;

import com.google.common.hash.Hashing;
import io.peft4j.api.backbone.NoiseInput;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Values for noise placeholders: ones to evaluate, inverted-dropout masks to train.
 *
 * <p>Safe for use by several threads.
 */
public final class NoiseFeed {
  private NoiseFeed() {}

  /** Ones for every placeholder, so that nothing is dropped. */
  public static Map<String, INDArray> ones(
      Collection<NoiseInput> noises, DataType type, long batch) {
    Map<String, INDArray> feed = new LinkedHashMap<>();
    noises.forEach(n -> feed.put(n.name(), Nd4j.ones(type, shape(n, batch))));
    return feed;
  }

  /**
   * Masks of one training step: 0 with the placeholder's rate, else 1/(1-rate).
   *
   * @param seed seed of the run
   * @param step number of the step; a placeholder's mask depends on (seed, step, name) alone
   */
  public static Map<String, INDArray> masks(
      Collection<NoiseInput> noises, DataType type, long batch, long seed, long step) {
    Map<String, INDArray> feed = new LinkedHashMap<>();
    noises.forEach(n -> feed.put(n.name(), mask(n, type, batch, seed, step)));
    return feed;
  }

  private static INDArray mask(NoiseInput noise, DataType type, long batch, long seed, long step) {
    long[] shape = shape(noise, batch);
    SplittableRandom random =
        new SplittableRandom(
            Hashing.murmur3_128()
                .newHasher()
                .putLong(seed)
                .putLong(step)
                .putUnencodedChars(noise.name())
                .hash()
                .asLong());
    double keep = 1 / (1 - noise.rate());
    double[] values =
        new double[Math.toIntExact(Math.multiplyExact(shape[0], noise.rest().size()))];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextDouble() < noise.rate() ? 0 : keep;
    }
    return Nd4j.createFromArray(values).castTo(type).reshape('c', shape);
  }

  private static long[] shape(NoiseInput noise, long batch) {
    long[] rest = noise.rest().toArray();
    long[] shape = new long[rest.length + 1];
    shape[0] = batch * noise.rows();
    System.arraycopy(rest, 0, shape, 1, rest.length);
    return shape;
  }
}
