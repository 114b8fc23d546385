package io.peft4j.graph.plan.lower;

import io.peft4j.graph.plan.ir.Operation;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ops.BaseReduceOp;

/**
 * The sum of {@link io.peft4j.graph.ops.AuditedOps#logSoftmax} times weights that are given: a
 * cross-entropy but for its sign.
 */
final class LogLikelihoodPattern implements Pattern {
  @Override
  public Optional<Fusion> endingAt(SameDiffOp sum, GraphView view) {
    Trail trail = new Trail(view);
    SameDiffOp product = trail.inner(sum, 0, "multiply");
    SameDiffOp logSoftmax = trail.inner(product, 0, "subtract");
    SameDiffOp shifted = trail.inner(logSoftmax, 0, "subtract", 2);
    SameDiffOp log = trail.inner(logSoftmax, 1, "log");
    SameDiffOp sums = trail.inner(log, 0, "reduce_sum");
    SameDiffOp exp = trail.inner(sums, 0, "exp");
    SameDiffOp whole = trail.inner(shifted, 1, "cast");
    SameDiffOp integer = trail.inner(whole, 0, "cast");
    SameDiffOp maximum = trail.inner(integer, 0, "reduce_max");
    if (maximum == null || exp == null) {
      return Optional.empty();
    }
    String x = Trail.variable(shifted, 0);
    String weights = Trail.variable(product, 1);
    int[] axes = axes(maximum);
    boolean fits =
        axes.length == 1
            && Arrays.equals(axes, axes(sums))
            && keepsDimensions(maximum)
            && keepsDimensions(sums)
            && Trail.variable(maximum, 0).equals(x)
            && Trail.variable(exp, 0).equals(Trail.output(shifted))
            && isGiven(view.graph().getVariable(weights));
    if (!fits) {
      return Optional.empty();
    }
    return Optional.of(
        new Fusion(
            Trail.output(sum),
            List.of(x, weights),
            Set.of(weights),
            shapes -> made(axes[0], shapes),
            trail.inner()));
  }

  private static Optional<Fusion.Made> made(int axis, List<long[]> shapes) {
    long[] shape = shapes.get(0);
    if (axis < 0 || !Arrays.equals(shape, shapes.get(1))) {
      return Optional.empty();
    }
    long outer = 1;
    long inner = 1;
    for (int i = 0; i < shape.length; i++) {
      outer *= i < axis ? shape[i] : 1;
      inner *= i > axis ? shape[i] : 1;
    }
    return Optional.of(
        new Fusion.Made(
            new Operation.LogLikelihood(outer, shape[axis], inner),
            new long[0],
            List.of(Fusion.Other.hidden(outer, inner))));
  }

  private static int[] axes(SameDiffOp reduction) {
    int[] axes = ((BaseReduceOp) reduction.getOp()).getDimensions();
    return axes == null ? new int[0] : axes;
  }

  private static boolean keepsDimensions(SameDiffOp reduction) {
    return ((BaseReduceOp) reduction.getOp()).isKeepDims();
  }

  private static boolean isGiven(SDVariable variable) {
    return variable.isPlaceHolder() || variable.isConstant();
  }
}
