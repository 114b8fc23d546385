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

  /** Share of pixels without truth. */
  private static final double IGNORED = 0.1;

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
    for (int b = 0; b < batch; b++) {
      for (int p = 0; p < pixels; p++) {
        float[] pixel = pixel(task, random);
        for (int c = 0; c < channels; c++) {
          values[(b * channels + c) * pixels + p] = pixel[c];
        }
      }
    }
    return Nd4j.createFromArray(values).reshape('c', batch, channels, height, width);
  }

  private static float[] pixel(DenseTask task, SplittableRandom random) {
    float[] pixel = new float[task.labelChannels()];
    String kind = task instanceof AliasTask alias ? alias.known().name() : task.name();
    boolean binary = kind.equals("sal") || kind.equals("edge");
    // Saliency and edges know no ignored pixel: a 255 would count as positive.
    if (!binary && !kind.equals(WorkModel.CLASSES) && random.nextDouble() < IGNORED) {
      Arrays.fill(pixel, Metric.IGNORE);
      return pixel;
    }
    switch (kind) {
      case "sal", "edge" -> pixel[0] = random.nextDouble() < 0.3 ? 1 : 0;
      case "depth" -> pixel[0] = (float) random.nextDouble(0.5, 10);
      case "normals" -> unit(pixel, random);
      default -> pixel[0] = random.nextInt(task.task().channels());
    }
    return pixel;
  }

  private static void unit(float[] vector, RandomGenerator random) {
    double length = 0;
    for (int c = 0; c < vector.length; c++) {
      vector[c] = (float) random.nextGaussian();
      length += (double) vector[c] * vector[c];
    }
    for (int c = 0; c < vector.length; c++) {
      vector[c] /= (float) Math.sqrt(length);
    }
  }
}
