package io.peft4j.graph.plan.ir;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A strided layout's elements, in c order, under a shape that no strides describe: rows and columns
 * of an image as one axis, while channels are the slowest in memory.
 */
public final class Reshaped implements Layout {
  private final long[] shape;
  private final Strided source;

  Reshaped(long[] shape, Strided source) {
    this.shape = shape.clone();
    this.source = source;
  }

  /** The elements in the same order, by strides. */
  public Strided source() {
    return source;
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  @Override
  public Layout reshape(long... to) {
    return source.reshape(to);
  }

  /** Where each axis is some whole axes of the source, those are permuted with it. */
  @Override
  public Layout permute(int... axes) {
    List<List<Integer>> groups = groups();
    if (groups.isEmpty()) {
      return Layout.super.permute(axes);
    }
    long[] to = Arrays.stream(axes).mapToLong(a -> shape[a]).toArray();
    int[] order =
        Arrays.stream(axes).boxed().flatMap(a -> groups.get(a).stream()).mapToInt(i -> i).toArray();
    return source.permute(order).reshape(to);
  }

  /** The source's axes that make up each of this one's; none if one of them is cut. */
  private List<List<Integer>> groups() {
    long[] sizes = source.shape();
    List<List<Integer>> groups = new ArrayList<>();
    int next = 0;
    for (int axis = 0; axis < shape.length; axis++) {
      List<Integer> group = new ArrayList<>();
      long have = 1;
      boolean last = axis + 1 == shape.length;
      while (next < sizes.length && (have < shape[axis] || last)) {
        have *= sizes[next];
        group.add(next++);
      }
      if (have != shape[axis]) {
        return List.of();
      }
      groups.add(group);
    }
    return groups;
  }

  @Override
  public Layout shifted(long by) {
    return new Reshaped(shape, source.shifted(by));
  }

  @Override
  public Layout compose(Layout picks) {
    return Strided.picksAll(picks, elements()) ? reshape(picks.shape()) : indexed().compose(picks);
  }

  @Override
  public Optional<Layout> inverse(long size) {
    return source.inverse(size);
  }

  @Override
  public Indexed indexed() {
    return source.indexed().reshape(shape);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Reshaped r && Arrays.equals(shape, r.shape) && source.equals(r.source);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(shape) + source.hashCode();
  }

  @Override
  public String toString() {
    return Arrays.toString(shape) + " of " + source;
  }
}
