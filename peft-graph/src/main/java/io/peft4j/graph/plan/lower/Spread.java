package io.peft4j.graph.plan.lower;

import java.util.Optional;

/**
 * How a smaller array repeats over a larger one that is read as {@code [outer, middle, inner]}.
 *
 * @param outer repeats along the slowest dimensions
 * @param middle elements of the smaller array
 * @param inner repeats along the fastest dimensions
 */
record Spread(long outer, long middle, long inner) {
  /** Empty if the sizes that the two share do not stand together. */
  static Optional<Spread> of(long[] large, long[] small) {
    int lead = large.length - small.length;
    if (lead < 0) {
      // Leading dimensions of size 1 change nothing.
      for (int i = 0; i < -lead; i++) {
        if (small[i] != 1) {
          return Optional.empty();
        }
      }
    }
    long outer = 1;
    long middle = 1;
    long inner = 1;
    for (int i = 0; i < large.length; i++) {
      long size = large[i];
      long own = i < lead ? 1 : small[i - lead];
      if (size == 1) {
        continue;
      }
      if (own == 1) {
        if (middle == 1) {
          outer *= size;
        } else {
          inner *= size;
        }
      } else if (own != size || inner != 1) {
        return Optional.empty();
      } else {
        middle *= size;
      }
    }
    // One element is spread along the fastest dimension.
    return Optional.of(middle == 1 ? new Spread(1, 1, outer) : new Spread(outer, middle, inner));
  }
}
