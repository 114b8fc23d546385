package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Indexed;
import io.peft4j.graph.plan.ir.Layout;
import io.peft4j.graph.plan.ir.Reshaped;
import io.peft4j.graph.plan.ir.Strided;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Whether a layout takes an element of its buffer more than once. */
final class Overlap {
  private Overlap() {}

  /** True if it does, or, for strides that interleave, if it may. */
  static boolean in(Layout layout) {
    if (layout instanceof Reshaped reshaped) {
      return in(reshaped.source());
    }
    return layout instanceof Strided strided ? in(strided) : in((Indexed) layout);
  }

  private static boolean in(Strided layout) {
    long[] shape = layout.shape();
    long[] stride = layout.stride();
    int[] axes =
        IntStream.range(0, shape.length)
            .filter(i -> shape[i] > 1)
            .boxed()
            .sorted((a, b) -> Long.compare(Math.abs(stride[a]), Math.abs(stride[b])))
            .mapToInt(i -> i)
            .toArray();
    long reach = 0;
    for (int axis : axes) {
      if (Math.abs(stride[axis]) <= reach) {
        return true;
      }
      reach += Math.abs(stride[axis]) * (shape[axis] - 1);
    }
    return false;
  }

  private static boolean in(Indexed layout) {
    int[] starts = layout.starts().clone();
    Arrays.sort(starts);
    return IntStream.range(1, starts.length)
        .anyMatch(i -> starts[i] - starts[i - 1] < layout.unit());
  }
}
