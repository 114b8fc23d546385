package io.peft4j.graph.plan.lower;

import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Operations that move elements and compute nothing: most become layouts. */
final class Movement {
  private Movement() {}

  static Map<String, Rule> rules() {
    return Map.ofEntries(
        Map.entry("reshape", Movement::reshape),
        Map.entry("expand_dims", Movement::reshape),
        Map.entry("squeeze", Movement::reshape),
        Map.entry("permute", Movement::permute),
        Map.entry("transpose", Movement::permute),
        Map.entry("slice", Movement::slice),
        Map.entry("strided_slice", Movement::stridedSlice),
        Map.entry("split", Movement::split),
        Map.entry("unstack", Movement::unstack),
        Map.entry("concat", Movement::concat),
        Map.entry("stack", Movement::stack),
        Map.entry("pad", Movement::pad),
        Map.entry("identity", call -> call.inputs()));
  }

  private static List<Value> reshape(Call call) {
    return call.inputs().size() == 1 ? List.of(call.input(0).reshape(call.shape(0))) : List.of();
  }

  private static List<Value> permute(Call call) {
    if (call.inputs().size() != 1) {
      return List.of();
    }
    int rank = call.input(0).shape().length;
    long[] order = call.integers();
    int[] axes =
        IntStream.range(0, rank)
            .map(i -> order.length == 0 ? rank - 1 - i : Math.floorMod((int) order[i], rank))
            .toArray();
    return List.of(call.input(0).permute(axes));
  }

  private static List<Value> slice(Call call) {
    if (call.inputs().size() != 1) {
      return List.of();
    }
    long[] begin = Arrays.copyOf(call.integers(), call.input(0).shape().length);
    return List.of(call.input(0).slice(begin, call.shape(0), ones(begin.length)));
  }

  private static List<Value> stridedSlice(Call call) {
    if (call.inputs().size() != 1) {
      return List.of();
    }
    long[] x = call.input(0).shape();
    long[] integers = call.integers();
    int n = (integers.length - 5) / 3;
    long[] begin = new long[x.length];
    long[] size = call.shape(0).clone();
    long[] step = ones(x.length);
    if (size.length != x.length) {
      return List.of();
    }
    for (int i = 0; i < n; i++) {
      boolean fromStart = (integers[0] & 1L << i) != 0;
      long from = integers[5 + i];
      begin[i] = fromStart ? 0 : from < 0 ? from + x[i] : from;
      step[i] = integers[5 + 2 * n + i];
    }
    return List.of(call.input(0).slice(begin, size, step));
  }

  private static List<Value> split(Call call) {
    if (call.inputs().size() != 1) {
      return List.of();
    }
    Value x = call.input(0);
    int axis = Math.floorMod((int) call.integers()[1], x.shape().length);
    return parts(call, axis, call.shape(0)[axis]);
  }

  private static List<Value> unstack(Call call) {
    Value x = call.input(0);
    int axis = Math.floorMod((int) call.integers()[0], x.shape().length);
    return parts(call, axis, 1).stream().map(p -> p.reshape(call.shape(0))).toList();
  }

  private static List<Value> parts(Call call, int axis, long each) {
    Value x = call.input(0);
    List<Value> parts = new ArrayList<>();
    for (int i = 0; i < call.outputs(); i++) {
      long[] begin = new long[x.shape().length];
      begin[axis] = i * each;
      long[] size = x.shape();
      size[axis] = each;
      parts.add(x.slice(begin, size, ones(begin.length)));
    }
    return parts;
  }

  private static List<Value> concat(Call call) {
    int axis = Math.floorMod((int) call.integers()[0], call.shape(0).length);
    return List.of(join(call, call.inputs(), axis));
  }

  private static List<Value> stack(Call call) {
    long[] shape = call.shape(0);
    int axis = Math.floorMod((int) call.integers()[0], shape.length);
    long[] part = shape.clone();
    part[axis] = 1;
    return List.of(join(call, call.inputs().stream().map(v -> v.reshape(part)).toList(), axis));
  }

  /** Parts of one buffer stay where they are (a roll); others are moved into a new one. */
  private static Value join(Call call, List<Value> parts, int axis) {
    Value first = parts.get(0);
    boolean together =
        parts.stream().allMatch(p -> p.root() == first.root() && p.scale() == first.scale());
    if (together) {
      return Value.concat(parts, axis);
    }
    Value whole = call.fresh(0);
    long[] begin = new long[whole.shape().length];
    for (Value part : parts) {
      Value place = whole.slice(begin, part.shape(), ones(begin.length));
      call.add(new Operation.Move(false), List.of(part), place);
      begin[axis] += part.shape()[axis];
    }
    return whole;
  }

  /** Zeros with the input moved into the middle. */
  private static List<Value> pad(Call call) {
    Value x = call.input(0);
    INDArray widths = Call.array(call.input(1));
    long[] begin = new long[x.shape().length];
    for (int i = 0; i < begin.length; i++) {
      begin[i] = widths.getLong(i, 0);
    }
    Value whole = call.fresh(0);
    call.add(new Operation.Fill(0), List.of(), whole);
    Strided place = Strided.dense(whole.shape()).slice(begin, x.shape(), ones(begin.length));
    call.add(new Operation.Move(false), List.of(x), whole.with(place));
    return List.of(whole);
  }

  private static long[] ones(int n) {
    long[] ones = new long[n];
    Arrays.fill(ones, 1);
    return ones;
  }
}
