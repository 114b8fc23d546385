package io.peft4j.graph.plan.ir;

import com.google.common.math.LongMath;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Runs of {@link #unit} neighbours in a buffer, in the c order of the array. */
public final class Indexed implements Layout {
  private final long[] shape;
  private final int unit;
  private final int[] starts;

  /** Merges runs that continue each other. */
  Indexed(long[] shape, long unit, int[] starts) {
    long merged = merging(unit, starts);
    this.shape = shape.clone();
    this.unit = Math.toIntExact(unit * merged);
    this.starts = merged == 1 ? starts : every(starts, Math.toIntExact(merged));
  }

  /** How many runs in a row always continue each other: the divisor common to all chains. */
  private static long merging(long unit, int[] starts) {
    long divisor = 0;
    int chain = 0;
    for (int i = 0; i < starts.length; i++) {
      chain++;
      boolean ends = i + 1 == starts.length || starts[i + 1] != starts[i] + unit;
      if (ends) {
        divisor = LongMath.gcd(divisor, chain);
        if (divisor == 1) {
          return 1;
        }
        chain = 0;
      }
    }
    return Math.max(1, divisor);
  }

  private static int[] every(int[] starts, int step) {
    int[] kept = new int[starts.length / step];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = starts[i * step];
    }
    return kept;
  }

  /** Rows of a dense matrix of so many columns, by number. */
  public static Indexed ofRows(int[] rows, long columns) {
    int width = Math.toIntExact(columns);
    int[] starts = Arrays.stream(rows).map(r -> Math.multiplyExact(r, width)).toArray();
    return new Indexed(new long[] {rows.length, columns}, columns, starts);
  }

  /** The rows of so many columns that this takes, by number; empty if it takes parts of some. */
  public Optional<int[]> rows(long columns) {
    boolean whole =
        unit % columns == 0 && Arrays.stream(starts).allMatch(start -> start % columns == 0);
    return whole
        ? Optional.of(
            Arrays.stream(cut(Math.toIntExact(columns)).starts)
                .map(start -> start / (int) columns)
                .toArray())
        : Optional.empty();
  }

  /** Length of the runs. */
  public int unit() {
    return unit;
  }

  /** Number of runs. */
  public int runs() {
    return starts.length;
  }

  /** Where each run starts in the buffer; not to be written to. */
  public int[] starts() {
    return starts;
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  @Override
  public Indexed reshape(long... to) {
    return new Indexed(to, unit, starts);
  }

  @Override
  public Indexed shifted(long by) {
    int distance = Math.toIntExact(by);
    int[] moved = Arrays.stream(starts).map(s -> Math.addExact(s, distance)).toArray();
    return new Indexed(shape, unit, moved, true);
  }

  @Override
  public Indexed indexed() {
    return this;
  }

  /** The same runs cut to a shorter length, which divides this one's. */
  public Indexed cut(int length) {
    if (length == unit) {
      return this;
    }
    int pieces = unit / length;
    int[] cut = new int[starts.length * pieces];
    for (int i = 0; i < cut.length; i++) {
      cut[i] = starts[i / pieces] + i % pieces * length;
    }
    return new Indexed(shape, length, cut, true);
  }

  /** Keeps runs as they are. */
  private Indexed(long[] shape, int unit, int[] starts, boolean asCut) {
    this.shape = shape;
    this.unit = unit;
    this.starts = starts;
  }

  @Override
  public Layout compose(Layout picks) {
    Indexed p = picks.indexed();
    long length = LongMath.gcd(unit, p.unit);
    for (int start : p.starts) {
      length = LongMath.gcd(length, start % unit);
    }
    Indexed pieces = p.cut(Math.toIntExact(length));
    int[] composed = new int[pieces.starts.length];
    for (int i = 0; i < composed.length; i++) {
      int at = pieces.starts[i];
      composed[i] = starts[at / unit] + at % unit;
    }
    return new Indexed(picks.shape(), length, composed);
  }

  static Indexed concat(List<? extends Layout> parts, int axis) {
    long[] shape = parts.get(0).shape();
    long outer = Strided.product(Arrays.copyOf(shape, axis));
    shape[axis] = parts.stream().mapToLong(p -> p.shape()[axis]).sum();
    List<Indexed> runs = parts.stream().map(Layout::indexed).toList();
    long length = 0;
    for (Indexed part : runs) {
      length = LongMath.gcd(length, LongMath.gcd(part.unit, part.elements() / outer));
    }
    int unit = Math.toIntExact(length);
    List<Indexed> cut = runs.stream().map(r -> r.cut(unit)).toList();
    int[] starts = new int[Math.toIntExact(Strided.product(shape) / unit)];
    int at = 0;
    for (int o = 0; o < outer; o++) {
      for (Indexed part : cut) {
        int each = Math.toIntExact(part.starts.length / outer);
        System.arraycopy(part.starts, o * each, starts, at, each);
        at += each;
      }
    }
    return new Indexed(shape, unit, starts);
  }

  @Override
  public Optional<Layout> inverse(long size) {
    if (elements() != size) {
      return Optional.empty();
    }
    long aligned = unit;
    for (int start : starts) {
      aligned = LongMath.gcd(aligned, start);
    }
    Indexed pieces = cut(Math.toIntExact(aligned));
    int[] places = new int[pieces.starts.length];
    Arrays.fill(places, -1);
    for (int i = 0; i < places.length; i++) {
      int target = pieces.starts[i] / pieces.unit;
      if (target >= places.length || places[target] >= 0) {
        return Optional.empty();
      }
      places[target] = i * pieces.unit;
    }
    return Optional.of(new Indexed(new long[] {size}, aligned, places));
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Indexed i
        && unit == i.unit
        && Arrays.equals(shape, i.shape)
        && Arrays.equals(starts, i.starts);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * unit + Arrays.hashCode(shape)) + Arrays.hashCode(starts);
  }

  @Override
  public String toString() {
    return Arrays.toString(shape) + "{" + starts.length + " runs of " + unit + "}";
  }
}
