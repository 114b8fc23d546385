package io.peft4j.harness.metric;

import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Angles in degrees between predicted and true surface normals, over all pixels with a normal.
 *
 * <p>{@code mean_angle}, the main value, is what the papers' code calls "rmse"; {@code rmse_angle}
 * is the root of the mean squared angle; {@code within_11.25}, {@code within_22.5} and {@code
 * within_30} are the fractions of pixels below these angles. A pixel counts unless one of its three
 * labels is {@link Metric#IGNORE}. Lengths do not matter; a prediction without direction is 90
 * degrees off.
 *
 * <p>Not safe for use by several threads; a second one is refused while one adds.
 */
public final class NormalsMetric extends StreamingMetric {
  private static final double[] LIMITS = {11.25, 22.5, 30};
  private static final int AXES = 3;
  private static final double RIGHT_ANGLE = 90;

  private double sum;
  private double squares;
  private final long[] within = new long[LIMITS.length];
  private long pixels;

  @Override
  void add(INDArray prediction, INDArray target) {
    Maps maps = Maps.of(prediction, target, AXES, AXES);
    maps.requireTargets(Double::isFinite, "neither a finite number nor 255 (ignored)");
    int size = maps.pixels();
    for (int image = 0; image < maps.images(); image++) {
      int x = maps.predictionStart(image, 0);
      for (int i = x; i < x + size; i++) {
        float gx = maps.target()[i];
        float gy = maps.target()[i + size];
        float gz = maps.target()[i + 2 * size];
        if (gx != IGNORE && gy != IGNORE && gz != IGNORE) {
          float[] p = maps.prediction();
          add(degrees(p[i], p[i + size], p[i + 2 * size], gx, gy, gz));
        }
      }
    }
  }

  /** atan2(|p×g|, p·g): unlike the arc cosine it keeps its accuracy near 0 and 180 degrees. */
  private static double degrees(double px, double py, double pz, double gx, double gy, double gz) {
    double cx = py * gz - pz * gy;
    double cy = pz * gx - px * gz;
    double cz = px * gy - py * gx;
    double cross = Math.sqrt(cx * cx + cy * cy + cz * cz);
    double dot = px * gx + py * gy + pz * gz;
    return cross == 0 && dot == 0 ? RIGHT_ANGLE : Math.toDegrees(Math.atan2(cross, dot));
  }

  private void add(double angle) {
    sum += angle;
    squares += angle * angle;
    pixels++;
    for (int i = 0; i < LIMITS.length; i++) {
      if (angle < LIMITS[i]) {
        within[i]++;
      }
    }
  }

  @Override
  public ImmutableMap<String, Double> values() {
    return ImmutableMap.of(
        "mean_angle", sum / pixels,
        "rmse_angle", Math.sqrt(squares / pixels),
        "within_11.25", (double) within[0] / pixels,
        "within_22.5", (double) within[1] / pixels,
        "within_30", (double) within[2] / pixels);
  }

  @Override
  public String mainValue() {
    return "mean_angle";
  }

  @Override
  public boolean higherIsBetter() {
    return false;
  }

  @Override
  public void reset() {
    sum = 0;
    squares = 0;
    pixels = 0;
    Arrays.fill(within, 0);
  }
}
