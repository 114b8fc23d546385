package io.peft4j.adapters.combine;

import com.google.common.collect.Sets;
import io.peft4j.adapters.Adapter;
import io.peft4j.api.InputException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Which heads a combination of adapters has: heads are functions of their own, not summed.
 *
 * <p>Safe for use by several threads.
 */
public final class HeadChoice {
  /** Those of all adapters, which must be equal to the bit and built alike. */
  public static final HeadChoice EQUAL = new HeadChoice(-1);

  /** None. */
  public static final HeadChoice NONE = new HeadChoice(-2);

  private final int part;

  private HeadChoice(int part) {
    this.part = part;
  }

  /**
   * Those of one adapter.
   *
   * @param part its number among the combined ones, from 0
   */
  public static HeadChoice of(int part) {
    if (part < 0) {
      throw new InputException("heads of adapter %d: count from 0".formatted(part));
    }
    return new HeadChoice(part);
  }

  /** The adapter that they are of; empty for none. */
  Optional<Adapter> among(List<Adapter> adapters) {
    if (this == NONE) {
      return Optional.empty();
    }
    if (this == EQUAL) {
      adapters.forEach(a -> requireSame(adapters.get(0), a));
      return Optional.of(adapters.get(0));
    }
    if (part >= adapters.size()) {
      throw new InputException(
          "heads of adapter %d: there are %d, counted from 0".formatted(part, adapters.size()));
    }
    return Optional.of(adapters.get(part));
  }

  private static void requireSame(Adapter first, Adapter other) {
    difference(first, other)
        .ifPresent(
            difference -> {
              throw new InputException(
                  "the heads of the adapters differ (%s), and heads are not summed: choose one adapter's or"
                          .formatted(difference)
                      + " none (--heads first, none or a folder; in a program a HeadChoice)");
            });
  }

  private static Optional<String> difference(Adapter first, Adapter other) {
    Set<String> odd =
        new TreeSet<>(Sets.symmetricDifference(first.heads().keySet(), other.heads().keySet()));
    if (!odd.isEmpty()) {
      return Optional.of("not all have " + odd.iterator().next());
    }
    for (Map.Entry<String, INDArray> entry : first.heads().entrySet()) {
      if (!sameBits(entry.getValue(), other.heads().get(entry.getKey()))) {
        return Optional.of(entry.getKey());
      }
    }
    boolean alike =
        first.recipe().isPresent() == other.recipe().isPresent()
            && first.recipe().map(r -> r.buildsAs(other.recipe().orElseThrow())).orElse(true);
    return alike ? Optional.empty() : Optional.of("their decoders");
  }

  private static boolean sameBits(INDArray a, INDArray b) {
    return a.dataType() == b.dataType()
        && Arrays.equals(a.shape(), b.shape())
        && Arrays.equals(bits(a), bits(b));
  }

  private static long[] bits(INDArray array) {
    return Arrays.stream(array.dup('c').data().asDouble())
        .mapToLong(Double::doubleToRawLongBits)
        .toArray();
  }
}
