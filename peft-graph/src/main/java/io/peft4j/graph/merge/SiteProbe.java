package io.peft4j.graph.merge;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Stream;
import io.peft4j.graph.account.Ancestry;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.NoiseFeed;
import io.peft4j.graph.plan.PlanExecutor;
import io.peft4j.graph.rewrite.BaseValues;
import io.peft4j.graph.rewrite.Emission;
import io.peft4j.graph.rewrite.Rewriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Finds the weight that an adapted linear site amounts to, without code of the method.
 *
 * <p>The site is emitted alone with its input replaced by the rows {@code [0; I]}: then {@code b' =
 * f(0)}, {@code W'ᵀ = f(I) - f(0)}; random rows check that f is affine, row by row. A site that
 * still reads the image (a branch on another stream) cannot be merged.
 */
final class SiteProbe {
  private static final int CHECK_ROWS = 3;

  private final Backbone backbone;
  private final Rewrite rewrite;
  private final Map<String, INDArray> trained;

  SiteProbe(Backbone backbone, Rewrite rewrite, Map<String, INDArray> trained) {
    this.backbone = backbone;
    this.rewrite = rewrite;
    this.trained = trained;
  }

  /** The merged layer, or empty with a reason added to {@code reasons}. */
  Optional<Merged> probe(LinearSite site, Stream stream, List<String> reasons) {
    Optional<INDArray> answer = evaluate(site, stream, basis(site.in()), reasons);
    if (answer.isEmpty()) {
      return Optional.empty();
    }
    Merged merged = merged(answer.get());
    return isAffine(site, stream, merged, reasons) ? Optional.of(merged) : Optional.empty();
  }

  /** Weight and bias from the answer to {@code [0; I]}, which is released. */
  private static Merged merged(INDArray answer) {
    try (answer) {
      INDArray bias = answer.getRow(0).dup();
      INDArray images = answer.get(NDArrayIndex.interval(1, answer.rows()), NDArrayIndex.all());
      return new Merged(images.subiRowVector(bias).transpose().dup('c'), bias);
    }
  }

  /**
   * The site's answer to rows of input, which are released; or empty with a reason. The answer is
   * the caller's to release: of a large backbone the garbage would be many times its size.
   */
  private Optional<INDArray> evaluate(
      LinearSite site, Stream stream, INDArray rows, List<String> reasons) {
    try (rows) {
      Optional<INDArray> answer = answer(site, stream, rows);
      if (answer.isEmpty()) {
        reasons.add(
            "site %s on stream %s also reads another stream or an earlier value"
                .formatted(site.path(), stream));
      }
      return answer;
    } catch (IllegalStateException | IllegalArgumentException e) {
      // A site that folds rows into images (a mean over tokens) does not take any number of rows.
      reasons.add(
          "site %s on stream %s does not work row by row (%s)"
              .formatted(site.path(), stream, e.getMessage()));
      return Optional.empty();
    }
  }

  /** The site's answer to rows of input, or empty if it still reads the image. */
  private Optional<INDArray> answer(LinearSite site, Stream stream, INDArray rows) {
    TargetGraph target =
        new TargetGraph(
            backbone.dataType(), true, 0, name -> Optional.ofNullable(trained.get(name)));
    Rewriter rewriter = new Rewriter(backbone, rewrite, BaseValues.PRETRAINED, target);
    Emission.AdaptedSite answer = rewriter.emitSite(site, stream, rows);
    Set<String> reads = Ancestry.of(target.graph(), List.of(answer.variable()));
    if (reads.contains(backbone.image().name())) {
      return Optional.empty();
    }
    // Masks differ in size from the probe's rows; a dropped branch is evaluated whole.
    Map<String, INDArray> inputs = ones(target, rows.size(0));
    try (GraphExecutor executor = PlanExecutor.forInference(target.graph())) {
      List<String> wanted = List.of(answer.variable());
      return Optional.of(executor.outputs(inputs, wanted).get(answer.variable()).dup('c'));
    }
  }

  /**
   * Checks random rows. They are evaluated apart from the basis: a site that mixes rows (a mean
   * over tokens) looks affine among the rows it was probed with.
   */
  private boolean isAffine(LinearSite site, Stream stream, Merged merged, List<String> reasons) {
    INDArray rows =
        Init.normal(1).create(new SplittableRandom(7), backbone.dataType(), CHECK_ROWS, site.in());
    INDArray expected = rows.mmul(merged.weight().transpose()).addiRowVector(merged.bias());
    Optional<INDArray> actual = evaluate(site, stream, rows, reasons);
    if (actual.isEmpty()) {
      return false;
    }
    double scale = Math.max(1, actual.get().amaxNumber().doubleValue());
    double error = expected.sub(actual.get()).amaxNumber().doubleValue() / scale;
    double tolerance = backbone.dataType() == DataType.DOUBLE ? 1e-9 : 1e-4;
    // A NaN must not pass for small.
    if (!(error <= tolerance)) {
      reasons.add(
          "site %s on stream %s is not affine in its input (deviation %.1e)"
              .formatted(site.path(), stream, error));
      return false;
    }
    return true;
  }

  /** The rows {@code [0; I]}. */
  private INDArray basis(int in) {
    return Nd4j.concat(
        0, Nd4j.zeros(backbone.dataType(), 1, in), Nd4j.eye(in).castTo(backbone.dataType()));
  }

  private static Map<String, INDArray> ones(TargetGraph target, long rows) {
    return NoiseFeed.ones(
        target.noises().values().stream()
            .map(
                n ->
                    new io.peft4j.api.backbone.NoiseInput(
                        n.name(), n.rate(), Math.toIntExact(rows), n.rest()))
            .toList(),
        target.dataType(),
        1);
  }
}
