package io.peft4j.graph.plan.lower;

import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Operation.Pair;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ops.ScalarOp;

/** Sums, products, matrix products and the functions that have instructions of their own. */
final class Arithmetic {
  private Arithmetic() {}

  static Map<String, Rule> rules() {
    return Map.ofEntries(
        Map.entry("matmul", Arithmetic::matmul),
        Map.entry("add", call -> pair(call, Pair.ADD)),
        Map.entry("subtract", call -> pair(call, Pair.SUBTRACT)),
        Map.entry("multiply", call -> pair(call, Pair.MULTIPLY)),
        Map.entry("mul_scalar", call -> scaled(call, scalar(call.function()))),
        Map.entry("div_scalar", call -> scaled(call, 1 / scalar(call.function()))),
        Map.entry("neg", call -> scaled(call, -1)),
        Map.entry("relu", Arithmetic::relu),
        Map.entry("softmax", Arithmetic::softmax));
  }

  private static boolean isFloating(Call call) {
    return call.type(0).isFPType()
        && call.inputs().stream().allMatch(v -> v.type() == call.type(0));
  }

  private static List<Value> matmul(Call call) {
    long[] flags = call.integers();
    int rank = call.shape(0).length;
    boolean ranks = call.inputs().stream().allMatch(v -> v.shape().length == rank);
    boolean transposed = flags.length > 2 && flags[2] != 0;
    if (!isFloating(call) || !ranks || transposed) {
      return List.of();
    }
    Value a = call.input(0);
    Value b = call.input(1);
    double alpha = a.scale() * b.scale();
    boolean tA = flags.length > 0 && flags[0] != 0;
    boolean tB = flags.length > 1 && flags[1] != 0;
    return call.compute(
        new Operation.MatMul(tA, tB, alpha, false),
        matrix(call, a.unscaled()),
        matrix(call, b.unscaled()));
  }

  private static Value matrix(Call call, Value value) {
    return value.layout() instanceof Strided s && s.isMatrix() ? value : call.plain(value);
  }

  private static List<Value> pair(Call call, Pair pair) {
    if (!isFloating(call)) {
      return List.of();
    }
    long[] shape = call.shape(0);
    Value x = call.input(0);
    Value y = call.input(1);
    boolean swapped =
        pair != Pair.SUBTRACT
            && !Arrays.equals(x.shape(), shape)
            && Arrays.equals(y.shape(), shape);
    if (swapped) {
      Value first = x;
      x = y;
      y = first;
    }
    Optional<Spread> spread = Spread.of(shape, y.shape());
    if (x.layout().elements() != Strided.dense(shape).elements() || spread.isEmpty()) {
      return List.of();
    }
    x = x.reshape(shape);
    if (pair != Pair.MULTIPLY && spread.get().middle() == x.layout().elements()) {
      Value last = pair == Pair.ADD ? y : y.times(-1);
      return sum(call, x, last.reshape(shape));
    }
    Spread s = spread.get();
    return call.compute(
        new Operation.Binary(pair, s.outer(), s.middle(), s.inner()), call.plain(x), call.plain(y));
  }

  /** A move and an addition to it; a later pass finds out what need not be moved at all. */
  private static List<Value> sum(Call call, Value x, Value y) {
    Value result = call.fresh(0);
    Value first = y.isPlain() ? x : y;
    Value second = y.isPlain() ? y : x;
    call.add(new Operation.Move(false), List.of(first), result);
    call.add(new Operation.Move(true), List.of(second), result);
    return List.of(result);
  }

  private static List<Value> scaled(Call call, double factor) {
    boolean applies = call.inputs().size() == 1 && isFloating(call) && !Double.isNaN(factor);
    return applies ? List.of(call.input(0).times(factor)) : List.of();
  }

  /** The number of a scalar operation; NaN if it is none. */
  private static double scalar(DifferentialFunction function) {
    return function instanceof ScalarOp op && op.scalar() != null
        ? op.scalar().getDouble(0)
        : Double.NaN;
  }

  private static List<Value> relu(Call call) {
    return call.inputs().size() == 1 && isFloating(call) && scalar(call.function()) == 0
        ? call.compute(new Operation.Relu(), call.plain(call.input(0)))
        : List.of();
  }

  private static List<Value> softmax(Call call) {
    long[] shape = call.shape(0);
    long[] axis = call.integers();
    int last = shape.length - 1;
    boolean rows = axis.length == 0 || Math.floorMod((int) axis[0], shape.length) == last;
    if (!rows || !isFloating(call)) {
      return List.of();
    }
    long width = shape[last];
    Value x = call.plain(call.input(0));
    return call.compute(new Operation.Softmax(x.layout().elements() / width, width), x);
  }
}
