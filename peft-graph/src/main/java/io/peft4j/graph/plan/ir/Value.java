package io.peft4j.graph.plan.ir;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * An array that nobody has moved yet: {@code scale} times the elements of a buffer in the order of
 * a layout.
 *
 * @param root the buffer
 * @param layout which of its elements, in which order
 * @param scale factor; 1 for buffers of other than floating type
 */
public record Value(Root root, Layout layout, double scale) {
  /** All of a buffer in order, as an array of the given shape. */
  public static Value whole(Root root, long... shape) {
    return new Value(root, Strided.dense(shape), 1);
  }

  /** Sizes. */
  public long[] shape() {
    return layout.shape();
  }

  /** Type of the elements. */
  public DataType type() {
    return root.type();
  }

  /** True if it is a plain array: in c order, without gaps, unscaled. */
  public boolean isPlain() {
    return scale == 1 && layout instanceof Strided s && s.isDense();
  }

  /** True if it is its whole buffer, in order. */
  public boolean isWhole() {
    return isPlain() && ((Strided) layout).offset() == 0 && layout.elements() == root.elements();
  }

  /** The same elements in c order under another shape. */
  public Value reshape(long... shape) {
    return Arrays.equals(shape, shape()) ? this : with(layout.reshape(shape));
  }

  /** Axes in another order. */
  public Value permute(int... axes) {
    return with(layout.permute(axes));
  }

  /** Elements {@code begin, begin + step, …} on every axis. */
  public Value slice(long[] begin, long[] size, long[] step) {
    return with(layout.slice(begin, size, step));
  }

  /** The elements that another layout picks from this array's, in c order. */
  public Value pick(Layout picks) {
    return with(layout.compose(picks));
  }

  /** Other elements of the buffer. */
  public Value with(Layout other) {
    return new Value(root, other, scale);
  }

  /** Times a number. */
  public Value times(double factor) {
    return new Value(root, layout, scale * factor);
  }

  /** As it stands in the buffer. */
  public Value unscaled() {
    return scale == 1 ? this : new Value(root, layout, 1);
  }

  /** Parts of one buffer along an axis, as one. */
  public static Value concat(List<Value> parts, int axis) {
    Value first = parts.get(0);
    return first.with(Layout.concat(parts.stream().map(Value::layout).toList(), axis));
  }

  @Override
  public String toString() {
    return root + layout.toString() + (scale == 1 ? "" : "*" + scale);
  }
}
