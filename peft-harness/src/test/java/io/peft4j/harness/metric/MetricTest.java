package io.peft4j.harness.metric;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Values that can be worked out by hand, and the corners: nothing seen, nothing there. */
class MetricTest {
  private static final double EPS = 1e-9;
  private static final float IGNORE = Metric.IGNORE;

  static List<Supplier<Metric>> all() {
    return List.of(
        () -> new IouMetric(3),
        () -> new AccuracyMetric(3),
        SaliencyMetric::new,
        NormalsMetric::new,
        DepthMetric::new,
        EdgeMetric::new);
  }

  @ParameterizedTest
  @MethodSource("all")
  void nothingSeenIsNaNBeforeAndAfterReset(Supplier<Metric> maker) {
    Metric metric = maker.get();
    assertTrue(metric.values().values().stream().allMatch(v -> v.isNaN()), metric::toString);
    int channels = channels(metric);
    int labels = metric instanceof NormalsMetric ? 3 : 1;
    metric.update(Nd4j.ones(1, channels, 2, 2), Nd4j.ones(1, labels, 2, 2));
    assertEquals(0, metric.values().values().stream().filter(v -> v.isNaN()).count());
    assertTrue(metric.values().containsKey(metric.score().name()));
    metric.reset();
    assertTrue(metric.values().values().stream().allMatch(v -> v.isNaN()), "after reset");
  }

  @ParameterizedTest
  @MethodSource("all")
  void shapesThatDoNotFitAreRefused(Supplier<Metric> maker) {
    Metric metric = maker.get();
    int channels = channels(metric);
    int labels = metric instanceof NormalsMetric ? 3 : 1;
    INDArray good = Nd4j.ones(2, channels, 4, 5);
    for (INDArray bad :
        List.of(Nd4j.ones(2, labels, 4, 6), Nd4j.ones(1, labels, 4, 5), Nd4j.ones(2, 2, 4, 5))) {
      InputException e = assertThrows(InputException.class, () -> metric.update(good, bad));
      assertTrue(e.getMessage().contains("[2, "), e.getMessage());
    }
    assertThrows(
        InputException.class,
        () -> metric.update(Nd4j.ones(channels, 4), Nd4j.ones(2, labels, 4, 5)));
  }

  @Test
  void iouCountsByClassAndSkipsIgnoredPixels() {
    IouMetric metric = new IouMetric(3);
    // Predicted classes 0, 1, 1, 0 against 0, 1, 0, nothing.
    INDArray prediction =
        Nd4j.createFromArray(5f, 0, 0, 9, 0, 1, 1, 0, -1, -1, -1, -1).reshape(1, 3, 2, 2);
    metric.update(prediction, map(0, 1, 0, IGNORE));
    assertArrayEquals(new double[] {0.5, 0.5, Double.NaN}, metric.perClass(), EPS);
    assertEquals(1.0 / 3, metric.values().get("mIoU"), EPS, "the absent class counts as 0");
    assertEquals(0.5, metric.values().get("mIoU_present"), EPS);
  }

  @Test
  void aLabelThatIsNoClassIsNamed() {
    for (float label : new float[] {3, -1, 0.5f, Float.NaN}) {
      InputException e =
          assertThrows(
              InputException.class,
              () -> new IouMetric(3).update(Nd4j.ones(1, 3, 2, 2), map(0, label, 0, 0)));
      assertTrue(e.getMessage().contains("label " + label), e.getMessage());
    }
    assertThrows(InputException.class, () -> new IouMetric(1));
  }

  @Test
  void saliencyOfAnEmptyImageIsOneWhereNothingIsPredicted() {
    SaliencyMetric metric = new SaliencyMetric();
    metric.update(map(-9, -9, -9, -9), map(0, 0, 0, 0));
    assertEquals(1, metric.score().value());
    metric.update(map(9, -9, -9, -9), map(0, 0, 0, 0));
    assertEquals(0.5, metric.score().value(), "the mean over images, not pixels");
  }

  /** An untrained output of 0 is the probability 0.5, which the threshold 0.5 must not count. */
  @Test
  void saliencyComparesStrictly() {
    SaliencyMetric metric = new SaliencyMetric();
    metric.update(map(0, 0, 0, 0), map(0, 0, 0, 0));
    assertEquals(0.5, metric.values().get("threshold"), EPS);
    assertEquals(1, metric.score().value());
  }

  @Test
  void normalsAreAngles() {
    NormalsMetric metric = new NormalsMetric();
    // Against z: itself at another length, 90 degrees, 180 degrees, no direction at all.
    metric.update(
        Nd4j.createFromArray(0f, 1, 0, 0, 0, 0, 0, 0, 7, 0, -2, 0).reshape(1, 3, 2, 2),
        Nd4j.createFromArray(0f, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1).reshape(1, 3, 2, 2));
    assertEquals(90, metric.values().get("mean_angle"), EPS);
    assertEquals(
        Math.sqrt((2 * 90 * 90 + 180 * 180) / 4.0), metric.values().get("rmse_angle"), EPS);
    assertEquals(0.25, metric.values().get("within_11.25"), EPS);
  }

  @Test
  void depthIsARootMeanSquareOverValidPixels() {
    DepthMetric metric = new DepthMetric();
    metric.update(map(1, 2, 9, 5), map(1, 4, IGNORE, 4));
    assertEquals(Math.sqrt((4 + 1) / 3.0), metric.score().value(), EPS);
    assertEquals(
        Math.sqrt((Math.pow(Math.log(2), 2) + Math.pow(Math.log(1.25), 2)) / 3),
        metric.values().get("log_rmse"),
        EPS);
    metric.update(map(-3, -3, -3, -3), map(IGNORE, IGNORE, IGNORE, 1e-9f));
    assertEquals(Math.sqrt((4 + 1) / 4.0), metric.score().value(), 1e-6, "raised to 1e-9");
  }

  @Test
  void edgesWithinTheToleranceCount() {
    int size = 200; // the diagonal is 283, the tolerance 2 pixels
    INDArray prediction = Nd4j.zeros(1, 1, size, size).subi(20);
    INDArray target = Nd4j.zeros(1, 1, size, size);
    for (int row = 0; row < size; row++) {
      target.putScalar(new int[] {0, 0, row, 50}, 1);
      prediction.putScalar(new int[] {0, 0, row, 52}, 20);
    }
    EdgeMetric near = new EdgeMetric();
    near.update(prediction, target);
    assertEquals(1, near.score().value(), EPS);

    for (int row = 0; row < size; row++) {
      prediction.putScalar(new int[] {0, 0, row, 52}, -20);
      prediction.putScalar(new int[] {0, 0, row, 53}, 20);
    }
    EdgeMetric far = new EdgeMetric();
    far.update(prediction, target);
    assertEquals(0, far.score().value(), EPS);
  }

  @Test
  void theEdgeLossIsTheBalancedCrossEntropy() {
    EdgeMetric metric = new EdgeMetric();
    metric.update(map(0, 0, 3, 800), map(1, 0, IGNORE, 0));
    double log2 = Math.log(2);
    assertEquals((0.95 * log2 + 0.05 * log2 + 0.05 * 800) / 3, metric.values().get("loss"), EPS);
  }

  @Test
  void accuracyCountsExamples() {
    AccuracyMetric metric = new AccuracyMetric();
    INDArray scores = Nd4j.createFromArray(0f, 5, 1, 7, 2, 2, 0, 0, 3).reshape(3, 3);
    metric.update(scores, Nd4j.createFromArray(1f, 2, IGNORE));
    assertEquals(0.5, metric.score().value(), "one right, one wrong, one without a label");
    metric.update(scores, Nd4j.createFromArray(1, 0, 2).reshape(3, 1));
    assertEquals(0.8, metric.score().value(), EPS);
  }

  @Test
  void accuracyCountsPixelsOfLabelMaps() {
    // Largest are 0, 1, 1, 0; right are 0, 1, 2, nothing.
    INDArray scores =
        Nd4j.createFromArray(5f, 0, 0, 9, 0, 1, 1, 0, -1, -1, -1, -1).reshape(1, 3, 2, 2);
    for (INDArray labels :
        List.of(map(0, 1, 2, IGNORE), map(0, 1, 2, IGNORE).reshape(1, 2, 2).dup('f'))) {
      AccuracyMetric metric = new AccuracyMetric(3);
      metric.update(scores, labels);
      assertEquals(2.0 / 3, metric.score().value(), EPS);
    }
  }

  @Test
  void accuracyRefusesLabelsThatDoNotFitBeforeItCounts() {
    AccuracyMetric metric = new AccuracyMetric();
    INDArray scores = Nd4j.createFromArray(0f, 5, 1, 7, 2, 2).reshape(2, 3);
    for (float label : new float[] {3, 7, -1, 1.5f, Float.NaN}) {
      String message =
          assertThrows(
                  InputException.class,
                  () -> metric.update(scores, Nd4j.createFromArray(1f, label)))
              .getMessage();
      assertTrue(message.contains("label " + label), message);
      assertTrue(message.contains("0 to 2 (3 classes)"), message);
    }
    for (INDArray labels :
        List.of(Nd4j.ones(3), Nd4j.ones(1, 2), Nd4j.ones(2, 3), Nd4j.ones(2, 2, 2))) {
      assertThrows(InputException.class, () -> metric.update(scores, labels));
    }
    assertThrows(InputException.class, () -> metric.update(Nd4j.ones(2), Nd4j.ones(2)));
    assertThrows(InputException.class, () -> metric.update(Nd4j.ones(1, 3, 4, 4), Nd4j.ones(1, 1)));
    assertThrows(InputException.class, () -> new AccuracyMetric(4).update(scores, Nd4j.ones(2)));
    assertTrue(Double.isNaN(metric.score().value()), "nothing of a refused batch is counted");
  }

  @ParameterizedTest
  @MethodSource("all")
  void targetsThatCannotBeAreNamedAndNotCounted(Supplier<Metric> maker) {
    Metric metric = maker.get();
    int channels = channels(metric);
    int labels = metric instanceof NormalsMetric ? 3 : 1;
    INDArray target = Nd4j.ones(1, labels, 2, 2);
    float[] never =
        metric instanceof NormalsMetric
            ? new float[] {Float.NaN, Float.POSITIVE_INFINITY}
            : new float[] {Float.NaN, Float.POSITIVE_INFINITY, -1};
    for (float label : never) {
      target.putScalar(target.length() - 1, label);
      String message =
          assertThrows(
                  InputException.class, () -> metric.update(Nd4j.ones(1, channels, 2, 2), target))
              .getMessage();
      assertTrue(message.contains("label " + label), message);
    }
    assertTrue(Double.isNaN(metric.score().value()), "nothing of a refused batch is counted");
  }

  private static int channels(Metric metric) {
    return metric instanceof IouMetric
            || metric instanceof AccuracyMetric
            || metric instanceof NormalsMetric
        ? 3
        : 1;
  }

  private static INDArray map(float... values) {
    return Nd4j.createFromArray(values).reshape(1, 1, 2, 2);
  }
}
