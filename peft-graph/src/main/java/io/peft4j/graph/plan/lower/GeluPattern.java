package io.peft4j.graph.plan.lower;

import io.peft4j.graph.plan.ir.Operation;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;

/** {@code ((erf(x·√½) + 1)·x)·½}. */
final class GeluPattern implements Pattern {
  private static final double SQRT_HALF = Math.sqrt(0.5);

  @Override
  public Optional<Fusion> endingAt(SameDiffOp half, GraphView view) {
    Trail trail = new Trail(view);
    if (Trail.scalar(half) != 0.5) {
      return Optional.empty();
    }
    SameDiffOp product = trail.inner(half, 0, "multiply");
    SameDiffOp plusOne = trail.inner(product, 0, "add_scalar");
    SameDiffOp erf = trail.inner(plusOne, 0, "erf");
    SameDiffOp root = trail.inner(erf, 0, "mul_scalar");
    if (root == null
        || Trail.scalar(plusOne) != 1
        || Trail.scalar(root) != view.rounded(SQRT_HALF, Trail.output(half))) {
      return Optional.empty();
    }
    String x = Trail.variable(product, 1);
    return x.equals(Trail.variable(root, 0))
        ? Optional.of(
            new Fusion(
                Trail.output(half),
                List.of(x),
                Set.of(),
                shapes -> made(shapes.get(0)),
                trail.inner()))
        : Optional.empty();
  }

  private static Optional<Fusion.Made> made(long... shape) {
    return Optional.of(new Fusion.Made(new Operation.Gelu(), shape, List.of()));
  }
}
