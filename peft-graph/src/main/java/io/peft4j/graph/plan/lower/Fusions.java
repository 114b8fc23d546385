package io.peft4j.graph.plan.lower;

import io.peft4j.graph.plan.ir.Operation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.ScalarOp;

/**
 * Finds GELU and layer norm where {@link io.peft4j.graph.ops.AuditedOps} composed them. What
 * another operation reads too is left as it is.
 */
final class Fusions {
  private static final double SQRT_HALF = Math.sqrt(0.5);

  private final GraphView view;
  private final Map<String, Fusion> found = new HashMap<>();

  private Fusions(GraphView view) {
    this.view = view;
  }

  /** Fusions by the variable that they compute. */
  static Map<String, Fusion> in(GraphView view) {
    Fusions fusions = new Fusions(view);
    for (SameDiffOp op : view.order()) {
      Optional<Fusion> fusion =
          switch (op.getOp().opName()) {
            case "mul_scalar" -> fusions.gelu(op);
            case "add" -> fusions.layerNorm(op);
            default -> Optional.empty();
          };
      fusion.ifPresent(f -> fusions.found.put(f.output(), f));
    }
    return fusions.found;
  }

  /** {@code ((erf(x·√½) + 1)·x)·½}. */
  private Optional<Fusion> gelu(SameDiffOp half) {
    Trail trail = new Trail();
    if (scalar(half) != 0.5) {
      return Optional.empty();
    }
    SameDiffOp product = trail.inner(half, 0, "multiply");
    SameDiffOp plusOne = trail.inner(product, 0, "add_scalar");
    SameDiffOp erf = trail.inner(plusOne, 0, "erf");
    SameDiffOp root = trail.inner(erf, 0, "mul_scalar");
    if (root == null || scalar(plusOne) != 1 || Math.abs(scalar(root) - SQRT_HALF) > 1e-6) {
      return Optional.empty();
    }
    String x = product.getInputsToOp().get(1);
    return x.equals(root.getInputsToOp().get(0))
        ? Optional.of(
            new Fusion(
                output(half), List.of(x), (rows, width) -> new Operation.Gelu(), trail.inner, 0))
        : Optional.empty();
  }

  /** {@code centred·(1/√(variance + ε))·gain + offset} of rows, with means as products. */
  private Optional<Fusion> layerNorm(SameDiffOp sum) {
    Trail trail = new Trail();
    SameDiffOp gained = trail.inner(sum, 0, "multiply");
    SameDiffOp normed = trail.inner(gained, 0, "multiply");
    SameDiffOp inverse = trail.inner(normed, 1, "rdiv_scalar");
    SameDiffOp root = trail.inner(inverse, 0, "sqrt");
    SameDiffOp plusEpsilon = trail.inner(root, 0, "add_scalar");
    SameDiffOp variance = trail.inner(plusEpsilon, 0, "matmul");
    SameDiffOp square = trail.inner(variance, 0, "multiply");
    if (square == null || scalar(inverse) != 1) {
      return Optional.empty();
    }
    String centred = normed.getInputsToOp().get(0);
    boolean squared = square.getInputsToOp().equals(List.of(centred, centred));
    SameDiffOp difference = view.producer(centred);
    if (!squared
        || difference == null
        || !difference.getOp().opName().equals("subtract")
        || view.readers(centred) != 3) {
      return Optional.empty();
    }
    SameDiffOp mean = trail.inner(difference, 1, "matmul");
    String x = difference.getInputsToOp().get(0);
    String gain = gained.getInputsToOp().get(1);
    String offset = sum.getInputsToOp().get(1);
    boolean fits =
        mean != null
            && mean.getInputsToOp().get(0).equals(x)
            && isMean(mean)
            && isMean(variance)
            && isVector(gain)
            && isVector(offset);
    if (!fits) {
      return Optional.empty();
    }
    trail.inner.add(difference.getName());
    double epsilon = scalar(plusEpsilon);
    return Optional.of(
        new Fusion(
            output(sum),
            List.of(x, gain, offset),
            (rows, width) -> new Operation.LayerNorm(rows, width, epsilon),
            trail.inner,
            2));
  }

  /** True if the second factor is a column of {@code 1/n}. */
  private boolean isMean(SameDiffOp product) {
    SDVariable column = view.graph().getVariable(product.getInputsToOp().get(1));
    if (!column.isConstant()) {
      return false;
    }
    INDArray weights = column.getArr();
    double expected = 1.0 / weights.length();
    return weights.rank() == 2
        && weights.size(1) == 1
        && Math.abs(weights.minNumber().doubleValue() - expected) < 1e-7 * expected + 1e-9
        && Math.abs(weights.maxNumber().doubleValue() - expected) < 1e-7 * expected + 1e-9;
  }

  private boolean isVector(String variable) {
    long[] shape = view.graph().getVariable(variable).getShape();
    return shape != null && shape.length == 1;
  }

  private static double scalar(@Nullable SameDiffOp op) {
    return op != null && op.getOp() instanceof ScalarOp s && s.scalar() != null
        ? s.scalar().getDouble(0)
        : Double.NaN;
  }

  private static String output(SameDiffOp op) {
    return op.getOutputsOfOp().get(0);
  }

  /** Follows inputs back and notes what was passed. */
  private final class Trail {
    final Set<String> inner = new HashSet<>();

    /** The operation of a name that computes an input, if nothing else reads that. */
    @Nullable SameDiffOp inner(@Nullable SameDiffOp op, int input, String name) {
      if (op == null) {
        return null;
      }
      String variable = op.getInputsToOp().get(input);
      SameDiffOp producer = view.producer(variable);
      if (producer == null
          || !producer.getOp().opName().equals(name)
          || view.readers(variable) != 1) {
        return null;
      }
      inner.add(producer.getName());
      return producer;
    }
  }
}
