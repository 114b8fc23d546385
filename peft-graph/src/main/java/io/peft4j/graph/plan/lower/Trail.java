package io.peft4j.graph.plan.lower;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.ScalarOp;

/** Follows inputs back from an operation and notes what was passed. */
final class Trail {
  private final GraphView view;
  private final Set<String> inner = new HashSet<>();

  Trail(GraphView view) {
    this.view = view;
  }

  /** Names of the operations that were passed. */
  Set<String> inner() {
    return Set.copyOf(inner);
  }

  /** The operation of a name that computes an input, if nothing else reads that. */
  @Nullable SameDiffOp inner(@Nullable SameDiffOp op, int input, String name) {
    return inner(op, input, name, 1);
  }

  /**
   * The operation of a name that computes an input, if nothing reads that but so many inputs of
   * operations.
   */
  @Nullable SameDiffOp inner(@Nullable SameDiffOp op, int input, String name, int readers) {
    if (op == null || view.readers(variable(op, input)) != readers) {
      return null;
    }
    return visible(op, input, name);
  }

  /** The operation of a name that computes an input, whoever reads that. */
  @Nullable SameDiffOp visible(@Nullable SameDiffOp op, int input, String name) {
    if (op == null) {
      return null;
    }
    SameDiffOp producer = view.producer(variable(op, input));
    if (producer == null || !producer.getOp().opName().equals(name)) {
      return null;
    }
    inner.add(producer.getName());
    return producer;
  }

  /** Name of an input. */
  static String variable(SameDiffOp op, int input) {
    return op.getInputsToOp().get(input);
  }

  /** Name of the first output. */
  static String output(SameDiffOp op) {
    return op.getOutputsOfOp().get(0);
  }

  /** The number that an operation with one was given; NaN for others. */
  static double scalar(@Nullable SameDiffOp op) {
    return op != null && op.getOp() instanceof ScalarOp s && s.scalar() != null
        ? s.scalar().getDouble(0)
        : Double.NaN;
  }

  /** True for {@code aᵀ b}. */
  static boolean isTransposedFirst(SameDiffOp matmul) {
    long[] transposes = ((DynamicCustomOp) matmul.getOp()).iArgs();
    return transposes.length >= 2
        && transposes[0] == 1
        && Arrays.stream(transposes).skip(1).allMatch(flag -> flag == 0);
  }

  /** True for {@code a b}. */
  static boolean isPlain(SameDiffOp matmul) {
    return Arrays.stream(((DynamicCustomOp) matmul.getOp()).iArgs()).allMatch(flag -> flag == 0);
  }
}
