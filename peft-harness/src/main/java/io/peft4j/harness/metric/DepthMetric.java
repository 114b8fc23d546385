package io.peft4j.harness.metric;

import com.google.common.collect.ImmutableMap;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Depth errors over all pixels with ground truth, in the labels' unit: {@code rmse}, the main
 * value, sqrt(mean (g - p)²), and {@code log_rmse}, the same of natural logarithms. Predictions are
 * raised to at least 1e-9 first, as in the MTLoRA and DiTASK code.
 *
 * <p>Not safe for use by several threads; a second one is refused while one adds.
 */
public final class DepthMetric extends StreamingMetric {
  private static final double SMALLEST = 1e-9;

  private double squares;
  private double logSquares;
  private long pixels;

  @Override
  void add(INDArray prediction, INDArray target) {
    Maps maps = Maps.of(prediction, target, 1, 1);
    maps.requireTargets(
        depth -> depth >= 0 && Double.isFinite(depth),
        "neither a depth of 0 or more nor 255 (ignored)");
    for (int i = 0; i < maps.target().length; i++) {
      double truth = maps.target()[i];
      if (truth != IGNORE) {
        double depth = Math.max(maps.prediction()[i], SMALLEST);
        double error = truth - depth;
        double logError = Math.log(Math.max(truth, SMALLEST)) - Math.log(depth);
        squares += error * error;
        logSquares += logError * logError;
        pixels++;
      }
    }
  }

  @Override
  public ImmutableMap<String, Double> values() {
    return ImmutableMap.of(
        "rmse", Math.sqrt(squares / pixels), "log_rmse", Math.sqrt(logSquares / pixels));
  }

  @Override
  public String mainValue() {
    return "rmse";
  }

  @Override
  public boolean higherIsBetter() {
    return false;
  }

  @Override
  public void reset() {
    squares = 0;
    logSquares = 0;
    pixels = 0;
  }
}
