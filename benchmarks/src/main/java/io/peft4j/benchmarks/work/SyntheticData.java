package io.peft4j.benchmarks.work;

import io.peft4j.harness.metric.Metric;
import io.peft4j.harness.task.DenseTask;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Images and labels that exercise every branch of a loss, the same in every process. */
final class SyntheticData {
  private static final long SEED = 7;

  /** Share of regions without truth. */
  private static final double IGNORED = 0.1;

  /**
   * Edge of regions of one label, in pixels: gradients of labels that differ from pixel to pixel
   * would cancel each other down to rounding.
   */
  private static final int REGION = 32;

  /**
   * Components of normals, beyond a unit vector's: no difference is near 0, where rounding would
   * decide the sign of its gradient.
   */
  private static final float NORMAL = 1.25f;

  private SyntheticData() {}

  /** Normal numbers {@code [batch, 3, height, width]}, as normalised images have them. */
  static INDArray images(int batch, int height, int width) {
    RandomGenerator random = new SplittableRandom(SEED);
    float[] values = new float[Math.multiplyExact(batch * 3 * height, width)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Nd4j.createFromArray(values).reshape('c', batch, 3, height, width);
  }

  /** Labels of a task {@code [batch, labelChannels, height, width]}. */
  static INDArray labels(DenseTask task, int batch, int height, int width) {
    SplittableRandom random = new SplittableRandom(SEED + task.name().hashCode());
    int channels = task.labelChannels();
    int pixels = Math.multiplyExact(height, width);
    float[] values = new float[Math.multiplyExact(batch * channels, pixels)];
    int across = (width + REGION - 1) / REGION;
    int regions = across * ((height + REGION - 1) / REGION);
    for (int b = 0; b < batch; b++) {
      float[][] truth = new float[regions][];
      for (int r = 0; r < regions; r++) {
        truth[r] = region(task, random);
      }
      for (int p = 0; p < pixels; p++) {
        float[] label = truth[p / width / REGION * across + p % width / REGION];
        for (int c = 0; c < channels; c++) {
          values[(b * channels + c) * pixels + p] = label[c];
        }
      }
    }
    return Nd4j.createFromArray(values).reshape('c', batch, channels, height, width);
  }

  private static float[] region(DenseTask task, SplittableRandom random) {
    float[] label = new float[task.labelChannels()];
    String kind = task instanceof AliasTask alias ? alias.known().name() : task.name();
    boolean binary = kind.equals("sal") || kind.equals("edge");
    // Saliency and edges know no ignored region: a 255 would count as positive.
    if (!binary && !kind.equals(WorkModel.CLASSES) && random.nextDouble() < IGNORED) {
      Arrays.fill(label, Metric.IGNORE);
      return label;
    }
    switch (kind) {
      case "sal", "edge" -> label[0] = random.nextDouble() < 0.3 ? 1 : 0;
      case "depth" -> label[0] = (float) random.nextDouble(0.5, 10);
      case "normals" -> {
        for (int c = 0; c < label.length; c++) {
          label[c] = random.nextBoolean() ? NORMAL : -NORMAL;
        }
      }
      default -> label[0] = random.nextInt(task.task().channels());
    }
    return label;
  }
}
