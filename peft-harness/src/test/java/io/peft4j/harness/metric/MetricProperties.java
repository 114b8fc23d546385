package io.peft4j.harness.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Laws that hold for every metric. */
class MetricProperties {
  private record Case(Supplier<Metric> metric, int channels, int labels, double[] values) {}

  private static final double[] BINARY = {0, 1};
  private static final List<Case> CASES =
      List.of(
          new Case(() -> new IouMetric(4), 4, 1, new double[] {0, 1, 2, 3, 255}),
          new Case(AccuracyMetric::new, 4, 1, new double[] {0, 1, 2, 3, 255}),
          new Case(SaliencyMetric::new, 1, 1, BINARY),
          new Case(NormalsMetric::new, 3, 3, new double[] {-0.5, 0.25, 1, 255}),
          new Case(DepthMetric::new, 1, 1, new double[] {0.5, 1, 4, 255}),
          new Case(EdgeMetric::new, 1, 1, new double[] {0, 1, 255}));

  @Property(tries = 25)
  void howImagesAreBatchedAndStoredDoesNotMatter(
      @ForAll @IntRange(min = 2, max = 5) int images,
      @ForAll @IntRange(min = 1, max = 4) int firstPart,
      @ForAll long seed) {
    int cut = Math.min(firstPart, images - 1);
    for (Case c : CASES) {
      Random random = new Random(seed);
      INDArray prediction = random(images, c.channels, random, null);
      INDArray target = random(images, c.labels, random, c.values);
      Metric whole = c.metric.get();
      whole.update(prediction, target);

      Metric parts = c.metric.get();
      parts.update(images(prediction, 0, cut), images(target, 0, cut).dup('f'));
      parts.update(
          images(prediction, cut, images).castTo(DataType.DOUBLE), images(target, cut, images));
      for (Map.Entry<String, Double> value : whole.values().entrySet()) {
        assertEquals(value.getValue(), parts.values().get(value.getKey()), 1e-12, value.getKey());
      }
    }
  }

  @Property(tries = 25)
  void fractionsLieBetweenZeroAndOne(@ForAll long seed) {
    Random random = new Random(seed);
    for (Case c : CASES) {
      Metric metric = c.metric.get();
      metric.update(random(2, c.channels, random, null), random(2, c.labels, random, c.values));
      metric
          .values()
          .forEach(
              (name, value) -> {
                if (name.contains("F")
                    || name.equals("accuracy")
                    || name.contains("IoU")
                    || name.startsWith("within")) {
                  assertEquals(Math.min(1, Math.max(0, value)), value, name);
                }
              });
    }
  }

  /** A map of labels is scored as its pixels are, one after the other. */
  @Property(tries = 25)
  void accuracyOfAMapIsThatOfItsPixels(@ForAll long seed) {
    Random random = new Random(seed);
    INDArray scores = random(3, 4, random, null);
    INDArray labels = random(3, 1, random, new double[] {0, 1, 2, 3, 255});
    AccuracyMetric maps = new AccuracyMetric(4);
    maps.update(scores, labels);
    AccuracyMetric pixels = new AccuracyMetric();
    pixels.update(scores.permute(0, 2, 3, 1).reshape('c', 3 * 35, 4), labels.reshape(3 * 35));
    assertEquals(maps.values(), pixels.values());
  }

  private static INDArray random(int images, int channels, Random random, double[] from) {
    float[] values = new float[images * channels * 35];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          (float) (from == null ? 2 * random.nextGaussian() : from[random.nextInt(from.length)]);
    }
    return Nd4j.createFromArray(values).reshape(images, channels, 5, 7);
  }

  private static INDArray images(INDArray batch, int from, int to) {
    return batch.get(
        NDArrayIndex.interval(from, to),
        NDArrayIndex.all(),
        NDArrayIndex.all(),
        NDArrayIndex.all());
  }
}
