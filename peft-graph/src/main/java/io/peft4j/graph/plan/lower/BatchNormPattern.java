package io.peft4j.graph.plan.lower;

import io.peft4j.graph.plan.ir.Operation;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;

/**
 * {@link io.peft4j.graph.ops.AuditedOps#batchNorm}, and ReLU behind it. The statistics of the batch
 * may be outputs of the graph.
 *
 * @param relu whether to look for ReLU
 */
record BatchNormPattern(boolean relu) implements Pattern {
  /** Which input says how much the statistics of the batch count. */
  private static final int TRAINING = 5;

  @Override
  public Optional<Fusion> endingAt(SameDiffOp last, GraphView view) {
    Trail trail = new Trail(view);
    SameDiffOp sum = relu ? trail.inner(last, 0, "add") : last;
    SameDiffOp gained = trail.inner(sum, 0, "multiply");
    SameDiffOp normed = trail.inner(gained, 0, "multiply");
    SameDiffOp centred = trail.inner(normed, 0, "subtract");
    SameDiffOp inverse = trail.inner(normed, 1, "rdiv_scalar");
    SameDiffOp root = trail.inner(inverse, 0, "sqrt");
    SameDiffOp plusEpsilon = trail.inner(root, 0, "add_scalar");
    Blend mean = Blend.at(trail, trail.inner(centred, 1, "add"));
    Blend variance = Blend.at(trail, trail.inner(plusEpsilon, 0, "add"));
    if (mean == null
        || variance == null
        || !mean.training.equals(variance.training)
        || Trail.scalar(inverse) != 1
        || relu && Trail.scalar(last) != 0) {
      return Optional.empty();
    }
    String x = Trail.variable(centred, 0);
    SameDiffOp batchMean = trail.visible(mean.difference, 0, "matmul");
    SameDiffOp batchVariance = trail.visible(variance.difference, 0, "matmul");
    SameDiffOp square = trail.inner(batchVariance, 1, "multiply", 2);
    SameDiffOp deviation = trail.inner(square, 0, "subtract", 2);
    String gain = Trail.variable(gained, 1);
    String offset = Trail.variable(sum, 1);
    boolean fits =
        deviation != null
            && isMean(trail, batchMean, x)
            && isMean(trail, batchVariance, Trail.output(square))
            && deviation.getInputsToOp().equals(List.of(x, Trail.output(batchMean)))
            && square.getInputsToOp().get(1).equals(Trail.output(deviation))
            && view.operationsReading(Trail.output(batchMean)) == 2
            && view.operationsReading(Trail.output(batchVariance)) == 1;
    if (!fits) {
      return Optional.empty();
    }
    double epsilon = Trail.scalar(plusEpsilon);
    String meanName = Trail.output(batchMean);
    String varianceName = Trail.output(batchVariance);
    return Optional.of(
        new Fusion(
            Trail.output(last),
            List.of(x, gain, offset, mean.running, variance.running, mean.training),
            Set.of(mean.running, variance.running, mean.training),
            shapes -> made(epsilon, meanName, varianceName, shapes),
            trail.inner()));
  }

  private Optional<Fusion.Made> made(
      double epsilon, String mean, String variance, List<long[]> shapes) {
    long[] shape = shapes.get(0);
    boolean one = Arrays.stream(shapes.get(TRAINING)).allMatch(d -> d == 1);
    if (!one || !Fusion.areRowsAndVectors(shapes.subList(0, TRAINING))) {
      return Optional.empty();
    }
    long width = Fusion.width(shape);
    Fusion.Other hidden = Fusion.Other.hidden(width);
    return Optional.of(
        new Fusion.Made(
            new Operation.BatchNorm(Fusion.rows(shape), width, epsilon, relu),
            shape,
            List.of(statistic(mean, width), statistic(variance, width), hidden, hidden)));
  }

  private static Fusion.Other statistic(String variable, long width) {
    return new Fusion.Other(new long[] {1, width}, Optional.of(variable));
  }

  /** {@code running + (batch - running)·training}. */
  private record Blend(String running, SameDiffOp difference, String training) {
    static @Nullable Blend at(Trail trail, @Nullable SameDiffOp sum) {
      SameDiffOp product = trail.inner(sum, 1, "multiply");
      SameDiffOp difference = trail.inner(product, 0, "subtract");
      if (difference == null) {
        return null;
      }
      String running = Trail.variable(sum, 0);
      return running.equals(Trail.variable(difference, 1))
          ? new Blend(running, difference, Trail.variable(product, 1))
          : null;
    }
  }

  /** {@code (ones/count)ᵀ source}, with ones from comparing a column of the source with itself. */
  private static boolean isMean(Trail trail, @Nullable SameDiffOp product, String source) {
    SameDiffOp weights = trail.inner(product, 0, "multiply");
    SameDiffOp share = trail.inner(weights, 1, "rdiv_scalar");
    SameDiffOp count = trail.inner(share, 0, "matmul");
    SameDiffOp ones = trail.inner(weights, 0, "cast", 3);
    SameDiffOp equal = trail.inner(ones, 0, "equals");
    SameDiffOp column = trail.inner(equal, 0, "slice", 2);
    return column != null
        && count != null
        && Trail.scalar(share) == 1
        && Trail.isTransposedFirst(product)
        && Trail.isTransposedFirst(count)
        && Trail.variable(product, 1).equals(source)
        && Trail.variable(column, 0).equals(source)
        && Trail.variable(equal, 1).equals(Trail.output(column))
        && count.getInputsToOp().equals(List.of(Trail.output(ones), Trail.output(ones)));
  }
}
