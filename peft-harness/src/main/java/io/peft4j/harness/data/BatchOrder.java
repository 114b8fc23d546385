package io.peft4j.harness.data;

import com.google.common.hash.Hashing;
import java.util.SplittableRandom;

/**
 * The order of one pass over a data set, and which images are mirrored in it: functions of (seed,
 * epoch) and (seed, epoch, index) alone.
 */
final class BatchOrder {
  private final long seed;
  private final int epoch;

  BatchOrder(long seed, int epoch) {
    this.seed = seed;
    this.epoch = epoch;
  }

  /** A permutation of 0 … size-1. */
  int[] shuffled(int size) {
    SplittableRandom random = new SplittableRandom(hash(-1));
    int[] order = inOrder(size);
    for (int i = size - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  static int[] inOrder(int size) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = i;
    }
    return order;
  }

  /** Whether an image is mirrored, with probability ½. */
  boolean flipped(int index) {
    return (hash(index) & 1) == 1;
  }

  private long hash(int index) {
    return Hashing.murmur3_128()
        .newHasher()
        .putLong(seed)
        .putInt(epoch)
        .putInt(index)
        .hash()
        .asLong();
  }
}
