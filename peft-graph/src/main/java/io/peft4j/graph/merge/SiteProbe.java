package io.peft4j.graph.merge;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Stream;
import io.peft4j.graph.account.Ancestry;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.exec.NoiseFeed;
import io.peft4j.graph.rewrite.BaseValues;
import io.peft4j.graph.rewrite.Emission;
import io.peft4j.graph.rewrite.Rewriter;
import java.util.ArrayList;
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
 * <p>The site is emitted alone with its input replaced by the rows {@code [0; I; random]}: then
 * {@code b' = f(0)}, {@code W'ᵀ = f(I) - f(0)}, and the random rows check that f is affine. A site
 * that still reads the image (a branch on another stream) cannot be merged.
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
    TargetGraph target =
        new TargetGraph(
            backbone.dataType(), true, 0, name -> Optional.ofNullable(trained.get(name)));
    Rewriter rewriter = new Rewriter(backbone, rewrite, BaseValues.PRETRAINED, target);
    INDArray rows = rows(site.in());
    Emission.AdaptedSite answer = rewriter.emitSite(site, stream, rows);
    Set<String> reads = Ancestry.of(target.graph(), List.of(answer.variable()));
    if (reads.contains(backbone.image().name())) {
      reasons.add("site %s on stream %s also reads another stream".formatted(site.path(), stream));
      return Optional.empty();
    }
    // Masks differ in size from the probe's rows; a dropped branch is evaluated whole.
    Map<String, INDArray> inputs = ones(target, rows.size(0));
    INDArray y = target.graph().output(inputs, List.of(answer.variable())).get(answer.variable());
    return split(site, stream, rows, y, reasons);
  }

  private Optional<Merged> split(
      LinearSite site, Stream stream, INDArray rows, INDArray y, List<String> reasons) {
    int in = site.in();
    INDArray bias = y.getRow(0).dup();
    INDArray weight =
        y.get(NDArrayIndex.interval(1, in + 1), NDArrayIndex.all())
            .subRowVector(bias)
            .transpose()
            .dup('c');
    INDArray random = rows.get(NDArrayIndex.interval(in + 1, rows.size(0)), NDArrayIndex.all());
    INDArray expected = random.mmul(weight.transpose()).addiRowVector(bias);
    INDArray actual = y.get(NDArrayIndex.interval(in + 1, rows.size(0)), NDArrayIndex.all());
    double scale = Math.max(1, actual.amaxNumber().doubleValue());
    double error = expected.sub(actual).amaxNumber().doubleValue() / scale;
    double tolerance = backbone.dataType() == DataType.DOUBLE ? 1e-9 : 1e-4;
    // A NaN must not pass for small.
    if (!(error <= tolerance)) {
      reasons.add(
          "site %s on stream %s is not affine in its input (deviation %.1e)"
              .formatted(site.path(), stream, error));
      return Optional.empty();
    }
    return Optional.of(new Merged(weight, bias));
  }

  private INDArray rows(int in) {
    List<INDArray> parts = new ArrayList<>();
    parts.add(Nd4j.zeros(backbone.dataType(), 1, in));
    parts.add(Nd4j.eye(in).castTo(backbone.dataType()));
    parts.add(Init.normal(1).create(new SplittableRandom(7), backbone.dataType(), CHECK_ROWS, in));
    return Nd4j.concat(0, parts.toArray(INDArray[]::new));
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
