package io.peft4j.harness.metric;

import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Saliency from one logit per pixel, as the MTLoRA and DiTASK code scores it.
 *
 * <ul>
 *   <li>{@code mIoU}, the main value: at each of the 15 thresholds 0.20, 0.25, ..., 0.90 the IoU of
 *       the salient pixels of each image (1 if none is salient and none predicted), averaged over
 *       the images; the largest of the 15.
 *   <li>{@code maxF}: 2PR/(P+R) from precision and recall averaged over the images likewise, the
 *       largest of the 15.
 *   <li>{@code beta_maxF}: the F measure with β² = 0.3 from counts over all pixels, the largest
 *       over the thresholds 0.05, 0.10, ..., 0.95. The reference squashes the probability a second
 *       time here, so its number is not comparable; this one is the intended measure.
 *   <li>{@code threshold}: where {@code mIoU} was reached.
 * </ul>
 *
 * A pixel is predicted salient if its probability exceeds the threshold strictly, and truly salient
 * if its label is not 0. There is no ignored label: the reference counts 255 as salient.
 *
 * <p>Not safe for use by several threads; a second one is refused while one adds.
 */
public final class SaliencyMetric extends StreamingMetric {
  private static final double BETA_SQUARED = 0.3;

  /** Thresholds of one image, filled anew for each. */
  private final Thresholds image = new Thresholds(4, 18);

  private final Thresholds all = new Thresholds(1, 19);
  private final double[] iouSum = new double[image.count()];
  private final double[] precisionSum = new double[image.count()];
  private final double[] recallSum = new double[image.count()];
  private long images;

  @Override
  void add(INDArray prediction, INDArray target) {
    Maps maps = Maps.of(prediction, target, 1, 1);
    maps.requireTargets(label -> label >= 0 && label < IGNORE, "not between 0 and 255");
    for (int i = 0; i < maps.images(); i++) {
      image.reset();
      int start = i * maps.pixels();
      for (int pixel = start; pixel < start + maps.pixels(); pixel++) {
        double probability = Maps.sigmoid(maps.prediction()[pixel]);
        boolean salient = maps.target()[pixel] != 0;
        image.add(probability, salient);
        all.add(probability, salient);
      }
      addImage();
    }
  }

  private void addImage() {
    images++;
    long actual = image.positives();
    for (int i = 0; i < image.count(); i++) {
      long hits = image.truePositives(i);
      long predicted = hits + image.falsePositives(i);
      long union = predicted + actual - hits;
      iouSum[i] += union == 0 ? 1 : (double) hits / union;
      precisionSum[i] += Thresholds.ratio(hits, predicted);
      recallSum[i] += Thresholds.ratio(hits, actual);
    }
  }

  @Override
  public ImmutableMap<String, Double> values() {
    int best = IntStream.range(0, iouSum.length).reduce(0, (a, b) -> iouSum[b] > iouSum[a] ? b : a);
    double maxF =
        IntStream.range(0, iouSum.length)
            .mapToDouble(
                i -> Thresholds.fMeasure(precisionSum[i] / images, recallSum[i] / images, 1))
            .max()
            .orElseThrow();
    double betaMaxF = IntStream.range(0, all.count()).mapToDouble(this::betaF).max().orElseThrow();
    boolean none = images == 0;
    return ImmutableMap.of(
        "mIoU", iouSum[best] / images,
        "maxF", none ? Double.NaN : maxF,
        "beta_maxF", none ? Double.NaN : betaMaxF,
        "threshold", none ? Double.NaN : image.threshold(best));
  }

  private double betaF(int i) {
    double hits = all.truePositives(i);
    return Thresholds.fMeasure(
        Thresholds.ratio(hits, hits + all.falsePositives(i)),
        Thresholds.ratio(hits, all.positives()),
        BETA_SQUARED);
  }

  @Override
  public String mainValue() {
    return "mIoU";
  }

  @Override
  public boolean higherIsBetter() {
    return true;
  }

  @Override
  public void reset() {
    all.reset();
    Arrays.fill(iouSum, 0);
    Arrays.fill(precisionSum, 0);
    Arrays.fill(recallSum, 0);
    images = 0;
  }
}
