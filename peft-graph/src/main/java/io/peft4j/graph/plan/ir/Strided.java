package io.peft4j.graph.plan.ir;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Offset and strides, in elements. */
public final class Strided implements Layout {
  private final long offset;
  private final long[] shape;
  private final long[] stride;

  private Strided(long offset, long[] shape, long[] stride) {
    this.offset = offset;
    this.shape = shape;
    this.stride = canonical(shape, stride);
  }

  /**
   * Axes of one element get the strides they had without gaps: nobody steps along them, but equal
   * layouts shall be equal.
   */
  private static long[] canonical(long[] shape, long[] stride) {
    long[] canonical = stride.clone();
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] == 1) {
        canonical[i] = i + 1 == shape.length ? 1 : canonical[i + 1] * shape[i + 1];
      }
    }
    return canonical;
  }

  /**
   * A layout.
   *
   * @param offset element of the buffer that stands first
   * @param shape sizes
   * @param stride distance in the buffer of neighbours on each axis
   */
  public static Strided of(long offset, long[] shape, long[] stride) {
    if (shape.length != stride.length) {
      throw new IllegalArgumentException(
          "%d sizes with %d strides".formatted(shape.length, stride.length));
    }
    return new Strided(offset, shape.clone(), stride.clone());
  }

  /** The buffer in order, from its start. */
  public static Strided dense(long... shape) {
    return new Strided(0, shape.clone(), denseStrides(shape));
  }

  private static long[] denseStrides(long[] shape) {
    long[] stride = new long[shape.length];
    long next = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      stride[i] = next;
      next *= shape[i];
    }
    return stride;
  }

  static long product(long[] shape) {
    long product = 1;
    for (long d : shape) {
      product *= d;
    }
    return product;
  }

  /** Element of the buffer that stands first. */
  public long offset() {
    return offset;
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  /** Distances in the buffer. */
  public long[] stride() {
    return stride.clone();
  }

  /** True if the elements stand in c order without gaps, from the offset on. */
  public boolean isDense() {
    long next = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] != 1 && stride[i] != next) {
        return false;
      }
      next *= shape[i];
    }
    return true;
  }

  /** True if a matrix product can read the last two axes where they lie, as they are or turned. */
  public boolean isMatrix() {
    int last = shape.length - 1;
    if (last < 1) {
      return false;
    }
    boolean rows = stride[last] == 1 && stride[last - 1] >= shape[last];
    boolean columns = stride[last - 1] == 1 && stride[last] >= shape[last - 1];
    return isDense() || rows || columns;
  }

  @Override
  public Strided permute(int... axes) {
    long[] s = new long[shape.length];
    long[] d = new long[shape.length];
    for (int i = 0; i < axes.length; i++) {
      s[i] = shape[axes[i]];
      d[i] = stride[axes[i]];
    }
    return new Strided(offset, s, d);
  }

  @Override
  public Strided slice(long[] begin, long[] size, long[] step) {
    long at = offset;
    long[] d = new long[shape.length];
    for (int i = 0; i < shape.length; i++) {
      at += begin[i] * stride[i];
      d[i] = stride[i] * step[i];
    }
    return new Strided(at, size.clone(), d);
  }

  @Override
  public Strided shifted(long by) {
    return new Strided(offset + by, shape, stride);
  }

  @Override
  public Layout reshape(long... to) {
    long[] strides = stridesOf(to);
    return strides == null ? new Reshaped(to, this) : new Strided(offset, to.clone(), strides);
  }

  /**
   * Strides under another shape, or null if there are none: axes are matched in groups of equal
   * product, and a group must be without gaps.
   */
  private long @Nullable [] stridesOf(long[] to) {
    if (isDense()) {
      return denseStrides(to);
    }
    int[] old = meaningfulAxes(shape);
    int[] fresh = meaningfulAxes(to);
    long[] result = new long[to.length];
    Arrays.fill(result, 1);
    int o = 0;
    int f = 0;
    while (o < old.length && f < fresh.length) {
      int oldEnd = o + 1;
      int freshEnd = f + 1;
      long have = shape[old[o]];
      long want = to[fresh[f]];
      while (have != want) {
        if (have < want) {
          have *= shape[old[oldEnd++]];
        } else {
          want *= to[fresh[freshEnd++]];
        }
      }
      for (int i = o; i + 1 < oldEnd; i++) {
        if (stride[old[i]] != stride[old[i + 1]] * shape[old[i + 1]]) {
          return null;
        }
      }
      long next = stride[old[oldEnd - 1]];
      for (int i = freshEnd - 1; i >= f; i--) {
        result[fresh[i]] = next;
        next *= to[fresh[i]];
      }
      o = oldEnd;
      f = freshEnd;
    }
    return result;
  }

  /** Axes longer than 1; the others have no say. */
  private static int[] meaningfulAxes(long[] shape) {
    return IntStream.range(0, shape.length).filter(i -> shape[i] != 1).toArray();
  }

  @Override
  public Layout compose(Layout picks) {
    if (isDense() && picks instanceof Strided s) {
      return new Strided(offset + s.offset, s.shape, s.stride);
    }
    if (isDense() && picks instanceof Reshaped r) {
      return r.shifted(offset);
    }
    return picksAll(picks, elements()) ? reshape(picks.shape()) : indexed().compose(picks);
  }

  /** True if a layout takes all of so many elements in order. */
  static boolean picksAll(Layout picks, long elements) {
    return picks instanceof Strided s && s.offset == 0 && s.isDense() && s.elements() == elements;
  }

  @Override
  public Optional<Layout> inverse(long size) {
    return isPermutation(size)
        ? Optional.of(dense(shape).permute(axesByStep()).reshape(size))
        : indexed().inverse(size);
  }

  /** Axes, that of the longest steps first. */
  public int[] axesByStep() {
    return IntStream.range(0, shape.length)
        .boxed()
        .sorted((a, b) -> Long.compare(stride[b], stride[a]))
        .mapToInt(i -> i)
        .toArray();
  }

  /** True if it is the whole of a buffer of so many elements, with its axes in another order. */
  public boolean isPermutation(long size) {
    return offset == 0 && elements() == size && permute(axesByStep()).isDense();
  }

  @Override
  public Indexed indexed() {
    int inner = shape.length;
    long unit = 1;
    while (inner > 0 && (shape[inner - 1] == 1 || stride[inner - 1] == unit)) {
      unit *= shape[--inner];
    }
    int[] starts = new int[Math.toIntExact(elements() / unit)];
    long[] at = new long[inner];
    long position = offset;
    for (int i = 0; i < starts.length; i++) {
      starts[i] = Math.toIntExact(position);
      for (int axis = inner - 1; axis >= 0; axis--) {
        position += stride[axis];
        if (++at[axis] < shape[axis]) {
          break;
        }
        position -= stride[axis] * shape[axis];
        at[axis] = 0;
      }
    }
    return new Indexed(shape, unit, starts);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Strided s
        && offset == s.offset
        && Arrays.equals(shape, s.shape)
        && Arrays.equals(stride, s.stride);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * Long.hashCode(offset) + Arrays.hashCode(shape)) + Arrays.hashCode(stride);
  }

  @Override
  public String toString() {
    String sizes = Arrays.toString(shape);
    return isDense()
        ? sizes + (offset == 0 ? "" : "@" + offset)
        : sizes + "@" + offset + "/" + Arrays.toString(stride);
  }
}
