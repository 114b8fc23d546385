package io.peft4j.graph.plan.lower;

import io.peft4j.graph.plan.ir.Operation;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code centred·(1/√(variance + ε))·gain + offset} of rows, with means as products. */
final class LayerNormPattern implements Pattern {
  @Override
  public Optional<Fusion> endingAt(SameDiffOp sum, GraphView view) {
    Trail trail = new Trail(view);
    SameDiffOp gained = trail.inner(sum, 0, "multiply");
    SameDiffOp normed = trail.inner(gained, 0, "multiply");
    SameDiffOp inverse = trail.inner(normed, 1, "rdiv_scalar");
    SameDiffOp root = trail.inner(inverse, 0, "sqrt");
    SameDiffOp plusEpsilon = trail.inner(root, 0, "add_scalar");
    SameDiffOp variance = trail.inner(plusEpsilon, 0, "matmul");
    SameDiffOp square = trail.inner(variance, 0, "multiply");
    SameDiffOp difference = trail.inner(normed, 0, "subtract", 3);
    SameDiffOp mean = trail.inner(difference, 1, "matmul");
    if (square == null || mean == null || Trail.scalar(inverse) != 1) {
      return Optional.empty();
    }
    String x = Trail.variable(difference, 0);
    String centred = Trail.output(difference);
    String gain = Trail.variable(gained, 1);
    String offset = Trail.variable(sum, 1);
    boolean fits =
        square.getInputsToOp().equals(List.of(centred, centred))
            && Trail.variable(mean, 0).equals(x)
            && isMean(mean, view)
            && isMean(variance, view);
    if (!fits) {
      return Optional.empty();
    }
    double epsilon = Trail.scalar(plusEpsilon);
    return Optional.of(
        new Fusion(
            Trail.output(sum),
            List.of(x, gain, offset),
            Set.of(),
            shapes -> made(epsilon, shapes),
            trail.inner()));
  }

  private static Optional<Fusion.Made> made(double epsilon, List<long[]> shapes) {
    long[] shape = shapes.get(0);
    if (!Fusion.areRowsAndVectors(shapes)) {
      return Optional.empty();
    }
    long rows = Fusion.rows(shape);
    Fusion.Other each = Fusion.Other.hidden(rows);
    Operation norm = new Operation.LayerNorm(rows, Fusion.width(shape), epsilon);
    return Optional.of(new Fusion.Made(norm, shape, List.of(each, each)));
  }

  /** True if the second factor is a column of {@code 1/n}. */
  private static boolean isMean(SameDiffOp product, GraphView view) {
    SDVariable column = view.graph().getVariable(Trail.variable(product, 1));
    if (!column.isConstant() || !Trail.isPlain(product)) {
      return false;
    }
    INDArray weights = column.getArr();
    double expected = view.rounded(1.0 / weights.length(), column.name());
    return weights.rank() == 2
        && weights.size(1) == 1
        && weights.minNumber().doubleValue() == expected
        && weights.maxNumber().doubleValue() == expected;
  }
}
