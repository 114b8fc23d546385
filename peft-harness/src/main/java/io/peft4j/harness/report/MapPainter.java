package io.peft4j.harness.report;

import io.peft4j.harness.data.ImageNormalization;
import io.peft4j.harness.metric.Metric;
import io.peft4j.harness.task.DenseTask;
import java.awt.image.BufferedImage;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Paints images, labels and predictions of any task: classes in their colours, normals as
 * red-green-blue, depth on a ramp from near to far, saliency and edges in grey; without truth dark
 * grey.
 */
public final class MapPainter {
  private static final int NO_TRUTH = 0x303030;

  private final String data;

  /**
   * A painter.
   *
   * @param data name of the data set, whose class colours are used
   */
  public MapPainter(String data) {
    this.data = data;
  }

  /** Range of values that a ramp spans. */
  public record Range(double low, double high) {
    /** The range of the values with truth; empty ones give 0 to 1. */
    public static Range of(float[] values) {
      double low = Double.POSITIVE_INFINITY;
      double high = Double.NEGATIVE_INFINITY;
      for (float v : values) {
        if (v != Metric.IGNORE && Float.isFinite(v)) {
          low = Math.min(low, v);
          high = Math.max(high, v);
        }
      }
      return high > low ? new Range(low, high) : new Range(0, 1);
    }

    double share(double value) {
      return (value - low) / (high - low);
    }
  }

  /** A normalised image {@code [3, height, width]}. */
  public static BufferedImage image(INDArray image) {
    Planes p = Planes.of(image);
    return p.paint(
        i ->
            Palette.rgb(
                ImageNormalization.restore(p.at(0, i), 0),
                ImageNormalization.restore(p.at(1, i), 1),
                ImageNormalization.restore(p.at(2, i), 2)));
  }

  /**
   * A label map {@code [labelChannels, height, width]}.
   *
   * @param range range of the ramp, where the task has one
   */
  public BufferedImage truth(DenseTask task, INDArray labels, Range range) {
    Planes p = Planes.of(labels);
    int[] colors = colors(task);
    return p.paint(
        i -> {
          float first = p.at(0, i);
          if (first == Metric.IGNORE) {
            return NO_TRUTH;
          }
          return switch (task.labelKind()) {
            case CLASSES -> colors[Math.round(first)];
            case DIRECTION -> normal(p, i);
            case DISTANCE -> Palette.ramp(range.share(first));
            case PRESENCE -> Palette.grey(first >= 0.5f ? 1 : 0);
          };
        });
  }

  /** As {@link #truth}, for a raw prediction {@code [channels, height, width]}. */
  public BufferedImage prediction(DenseTask task, INDArray prediction, Range range) {
    Planes p = Planes.of(prediction);
    int[] colors = colors(task);
    return p.paint(
        i ->
            switch (task.labelKind()) {
              case CLASSES -> colors[p.largest(i)];
              case DIRECTION -> normal(p, i);
              case DISTANCE -> Palette.ramp(range.share(p.at(0, i)));
              case PRESENCE -> Palette.grey(1 / (1 + Math.exp(-p.at(0, i))));
            });
  }

  private int[] colors(DenseTask task) {
    return Palette.classes(data, task.name(), task.task().channels());
  }

  /** A direction as (n + 1)/2, whatever its length. */
  private static int normal(Planes p, int i) {
    double x = p.at(0, i);
    double y = p.at(1, i);
    double z = p.at(2, i);
    double length = Math.max(1e-12, Math.sqrt(x * x + y * y + z * z));
    return Palette.rgb((x / length + 1) / 2, (y / length + 1) / 2, (z / length + 1) / 2);
  }

  /** Channels of a map as a flat array. */
  private record Planes(float[] values, int channels, int height, int width) {
    static Planes of(INDArray map) {
      return new Planes(
          map.dup('c').data().asFloat(), (int) map.size(0), (int) map.size(1), (int) map.size(2));
    }

    float at(int channel, int pixel) {
      return values[channel * height * width + pixel];
    }

    int largest(int pixel) {
      return IntStream.range(0, channels).reduce(0, (a, b) -> at(b, pixel) > at(a, pixel) ? b : a);
    }

    BufferedImage paint(IntUnaryOperator color) {
      BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
      for (int i = 0; i < height * width; i++) {
        picture.setRGB(i % width, i / width, color.applyAsInt(i));
      }
      return picture;
    }
  }
}
