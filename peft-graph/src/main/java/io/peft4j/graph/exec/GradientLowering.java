package io.peft4j.graph.exec;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Emits gradients of sums, products and matrix products as few fast operations, and only those that
 * somebody reads: a frozen factor costs nothing.
 *
 * <p>ND4J's own backward operations compute all gradients always, and their broadcast sums are an
 * order of magnitude slower than a matrix product with ones, which is what stands here instead.
 */
final class GradientLowering {
  private static final Set<String> LOWERED =
      Set.of("add_bp", "subtract_bp", "multiply_bp", "matmul_bp");

  /** What a lowering may do to the recording. */
  interface Sink {
    /** True if output {@code i} of the operation is read. */
    boolean isRead(int i);

    /** An array for output {@code i}. */
    INDArray output(int i, long... shape);

    /** Lets output {@code i} be another array, the {@code input}-th input seen in another shape. */
    void alias(int i, int input, INDArray array);

    /** An array that is free again once the operation is emitted. */
    INDArray scratch(long... shape);

    /** Executes and records an operation. */
    void call(DynamicCustomOp op, List<INDArray> inputs, INDArray output);
  }

  private final Map<List<Object>, INDArray> ones = new HashMap<>();

  /** How the second operand of a sum or product is spread over the first. */
  private enum Spread {
    SAME,
    OVER_ROWS,
    OVER_COLUMNS
  }

  /** Emits an operation if it can; else it is for the caller to record as it is. */
  boolean lower(String op, INDArray[] args, int[] flags, Sink sink) {
    if (!LOWERED.contains(op) || args.length != 3 || !isUniform(args)) {
      return false;
    }
    return op.equals("matmul_bp") ? matmul(args, flags, sink) : broadcast(op, args, sink);
  }

  private static boolean isUniform(INDArray[] args) {
    return Arrays.stream(args)
        .allMatch(a -> a.dataType() == args[0].dataType() && a.dataType().isFPType());
  }

  // ---- x ∘ y with y [c], [1, c], [r, 1] or as x ----

  private boolean broadcast(String op, INDArray[] args, Sink sink) {
    INDArray x = args[0];
    INDArray y = args[1];
    INDArray g = args[2];
    Spread spread = spread(x, y, g);
    boolean negated = op.equals("subtract_bp") && sink.isRead(1);
    if (spread == null || negated && spread == Spread.SAME) {
      return false;
    }
    boolean product = op.equals("multiply_bp");
    if (sink.isRead(0)) {
      if (product) {
        sink.call(custom("multiply"), List.of(g, y), sink.output(0, x.shape()));
      } else {
        sink.alias(0, 2, g);
      }
    }
    if (sink.isRead(1)) {
      second(product, negated ? -1 : 1, spread, args, sink);
    }
    return true;
  }

  private void second(boolean product, double sign, Spread spread, INDArray[] args, Sink sink) {
    INDArray x = args[0];
    INDArray y = args[1];
    INDArray g = args[2];
    if (spread == Spread.SAME) {
      if (product) {
        sink.call(custom("multiply"), List.of(g, x), sink.output(1, y.shape()));
      } else {
        sink.alias(1, 2, g);
      }
      return;
    }
    INDArray summand = g;
    if (product) {
      summand = sink.scratch(x.shape());
      sink.call(custom("multiply"), List.of(g, x), summand);
    }
    INDArray sum = sink.output(1, y.shape());
    if (spread == Spread.OVER_ROWS) {
      INDArray row = ones(x, 1, x.size(0));
      sink.call(product(false, false, sign), List.of(row, summand), sum.reshape('c', 1, x.size(1)));
    } else {
      sink.call(product(false, false, sign), List.of(summand, ones(x, x.size(1), 1)), sum);
    }
  }

  private static @Nullable Spread spread(INDArray x, INDArray y, INDArray g) {
    if (!Arrays.equals(x.shape(), g.shape())) {
      return null;
    }
    if (Arrays.equals(x.shape(), y.shape())) {
      return Spread.SAME;
    }
    // At one row, one column or one element several readings coincide: leave them to ND4J.
    if (x.rank() != 2 || x.size(0) < 2 || x.size(1) < 2) {
      return null;
    }
    boolean row = y.length() == x.size(1) && (y.rank() == 1 || y.rank() == 2 && y.size(0) == 1);
    if (row) {
      return Spread.OVER_ROWS;
    }
    boolean column = y.rank() == 2 && y.size(1) == 1 && y.size(0) == x.size(0);
    return column ? Spread.OVER_COLUMNS : null;
  }

  // ---- z = op(a) op(b) ----

  /** {@code da} and {@code db} for the four settings of the transpose flags. */
  private boolean matmul(INDArray[] args, int[] flags, Sink sink) {
    INDArray a = args[0];
    INDArray b = args[1];
    INDArray g = args[2];
    boolean plainResult = flags.length < 3 || flags[2] == 0;
    boolean ranks = a.rank() >= 2 && a.rank() == b.rank() && a.rank() == g.rank();
    if (!plainResult || !ranks || g.length() < 2) {
      return false;
    }
    boolean tA = flags.length > 0 && flags[0] != 0;
    boolean tB = flags.length > 1 && flags[1] != 0;
    if (sink.isRead(0)) {
      INDArray da = sink.output(0, a.shape());
      if (tA) {
        sink.call(product(tB, true, 1), List.of(b, g), da);
      } else {
        sink.call(product(false, !tB, 1), List.of(g, b), da);
      }
    }
    if (sink.isRead(1)) {
      INDArray db = sink.output(1, b.shape());
      if (tB) {
        sink.call(product(true, tA, 1), List.of(g, a), db);
      } else {
        sink.call(product(!tA, false, 1), List.of(a, g), db);
      }
    }
    return true;
  }

  private static DynamicCustomOp product(boolean transposeA, boolean transposeB, double alpha) {
    return DynamicCustomOp.builder("matmul")
        .addIntegerArguments(transposeA ? 1 : 0, transposeB ? 1 : 0, 0)
        .addFloatingPointArguments(alpha, 0.0)
        .build();
  }

  private static DynamicCustomOp custom(String name) {
    return DynamicCustomOp.builder(name).build();
  }

  private INDArray ones(INDArray like, long rows, long columns) {
    return ones.computeIfAbsent(
        List.of(like.dataType(), rows, columns), k -> Nd4j.ones(like.dataType(), rows, columns));
  }
}
