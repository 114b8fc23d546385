package io.peft4j.backbones.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Site;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.backbones.weights.WeightSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** What the graph of every family keeps of the contract of {@link Backbone}. */
public final class BackboneContract {
  private static final double TOLERANCE = 1e-5;

  private BackboneContract() {}

  /** An architecture with random weights, the same at each call. */
  public static Backbone build(Architecture architecture) {
    return architecture.build(WeightSource.random(7), DataType.FLOAT);
  }

  /** Random images, the same at each call. */
  public static INDArray images(Architecture architecture, int batch) {
    Nd4j.getRandom().setSeed(5);
    return Nd4j.randn(
        DataType.FLOAT, batch, 3, architecture.imageHeight(), architecture.imageWidth());
  }

  /** Three images give together, by twos and alone the same features. */
  public static void assertImagesAreKeptApart(Architecture architecture) {
    Backbone backbone = build(architecture);
    String image = backbone.image().name();
    INDArray three = images(architecture, 3);
    List<String> names = backbone.features().stream().map(Feature::name).toList();
    Map<String, INDArray> together = backbone.graph().output(Map.of(image, three), names);
    for (int from = 0; from < 3; from++) {
      for (int to = from + 1; to <= 3; to++) {
        INDArrayIndex interval = NDArrayIndex.interval(from, to);
        INDArray some = three.get(interval, NDArrayIndex.all()).dup('c');
        Map<String, INDArray> alone = backbone.graph().output(Map.of(image, some), names);
        for (String name : names) {
          INDArray expected = together.get(name).get(interval, NDArrayIndex.all());
          double error = Golden.error(expected, alone.get(name));
          assertTrue(error < TOLERANCE, "%s, images %d to %d: %s".formatted(name, from, to, error));
        }
      }
    }
  }

  /** Every site and feature says what the graph computes, and in which shape. */
  public static void assertSitesSayWhatIsComputed(Architecture architecture) {
    Backbone backbone = build(architecture);
    int batch = 2;
    Map<String, INDArray> got = everyValue(backbone, images(architecture, batch));
    for (Site site : backbone.sites()) {
      INDArray output = got.get(site.output());
      assertEquals((long) batch * site.rows(), output.size(0), site.path());
      if (site instanceof LinearSite s) {
        assertLinear(backbone, s, got);
      } else if (site instanceof AttentionSite s) {
        LinearSite proj = (LinearSite) backbone.site(s.path() + ".proj");
        assertEquals(s.output(), proj.input(), "the path is that of the attention's module");
        assertArrayEquals(
            new long[] {(long) batch * s.windows(), s.heads(), s.windowTokens(), s.headDim()},
            got.get(s.query()).shape(),
            s.path());
      } else if (site instanceof TapSite t) {
        assertEquals(t.width(), output.size(1), t.path());
      }
    }
    for (Feature f : backbone.features()) {
      assertArrayEquals(
          new long[] {batch, (long) f.height() * f.width(), f.channels()},
          got.get(f.name()).shape(),
          f.name());
    }
  }

  private static void assertLinear(Backbone backbone, LinearSite s, Map<String, INDArray> got) {
    INDArray x = got.get(s.input());
    INDArray matrix = got.get(s.matrix());
    assertEquals(s.in(), x.size(1), s.path());
    assertArrayEquals(new long[] {s.out(), s.in()}, matrix.shape(), s.path());
    INDArray y = x.mmul(matrix.transpose());
    if (s.bias().isPresent()) {
      y = y.addRowVector(backbone.graph().getVariable(s.bias().get()).getArr());
    }
    double error = Golden.error(y, got.get(s.output()));
    assertTrue(error < TOLERANCE, s.path() + ": " + error);
  }

  /** Every value that a site or feature names. */
  private static Map<String, INDArray> everyValue(Backbone backbone, INDArray images) {
    Stream<String> sites =
        backbone.sites().stream()
            .flatMap(
                site -> {
                  if (site instanceof LinearSite s) {
                    return Stream.of(s.output(), s.input(), s.matrix());
                  }
                  return site instanceof AttentionSite s
                      ? Stream.of(s.output(), s.query())
                      : Stream.of(site.output());
                });
    Stream<String> features = backbone.features().stream().map(Feature::name);
    ImageInput image = backbone.image();
    return backbone
        .graph()
        .output(Map.of(image.name(), images), Stream.concat(sites, features).distinct().toList());
  }

  /**
   * Every parameter is placed downstream and reaches a feature, those of a classifier alone the
   * logits.
   */
  public static void assertParametersReach(Architecture encoder, Architecture classifier) {
    Reachability features = new Reachability(build(encoder));
    assertEquals(List.of(), features.withoutPlacedFollower());
    assertEquals(List.of(), features.paramsWithoutInfluenceOn(features.features()));

    Reachability logits = new Reachability(build(classifier));
    assertEquals(List.of(), logits.withoutPlacedFollower());
    assertEquals(
        List.of("norm.weight", "norm.bias", "head.weight", "head.bias"),
        logits.paramsWithoutInfluenceOn(logits.features()));
    assertEquals(List.of(), logits.paramsWithoutInfluenceOn(Set.of(Classifier.LOGITS)));
  }

  /**
   * Every value that is computed is named after its module.
   *
   * @param modules pattern of the outermost modules
   */
  public static void assertNamedAfterModules(Architecture architecture, String modules) {
    for (SDVariable v : build(architecture).graph().variables()) {
      boolean named =
          v.getVariableType() != VariableType.ARRAY
              || v.name().matches("(%s)(\\..*)?".formatted(modules));
      assertTrue(named, v.name());
    }
  }
}
