package io.peft4j.graph.plan.ir;

import java.util.List;
import java.util.Optional;

/**
 * Which element of a buffer stands at each place of an array. Movement operations change the layout
 * and nothing else; elements are moved when a computation needs them in order, by one instruction.
 */
public sealed interface Layout permits Strided, Reshaped, Indexed {
  /** Sizes of the array. */
  long[] shape();

  /** The same elements in c order under another shape. */
  Layout reshape(long... shape);

  /**
   * The layout that picks, from the elements of this one in c order, those of {@code picks}.
   *
   * @param picks a layout over the dense array of this one's elements
   */
  Layout compose(Layout picks);

  /** The same places of a buffer that starts so many elements earlier. */
  Layout shifted(long by);

  /**
   * The inverse of a layout that takes every element of a buffer of {@code size} exactly once: the
   * places at which the buffer's elements stand. Empty if this is no such layout.
   */
  Optional<Layout> inverse(long size);

  /** This layout as runs of equal length. */
  Indexed indexed();

  /** Number of elements. */
  default long elements() {
    return Strided.product(shape());
  }

  /** Axes in another order. */
  default Layout permute(int... axes) {
    return compose(Strided.dense(shape()).permute(axes));
  }

  /** Elements {@code begin, begin + step, …} on every axis, {@code size} of them. */
  default Layout slice(long[] begin, long[] size, long[] step) {
    return compose(Strided.dense(shape()).slice(begin, size, step));
  }

  /** Layouts over one buffer, put together along an axis. */
  static Layout concat(List<? extends Layout> parts, int axis) {
    return Indexed.concat(parts, axis);
  }
}
