package io.peft4j.harness.train;

import io.peft4j.api.InputException;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The length of all gradients together and the factor that shortens it to a limit.
 *
 * <p>The gradients themselves are left as they are, since two names may share one array; the
 * optimizer applies the factor as it reads them.
 *
 * @param norm root of the sum of the squares of all elements; not finite if one is not
 * @param factor limit/(norm + 1e-6), at most 1, as PyTorch clips
 */
public record GradientClip(double norm, double factor) {
  private static final double EPSILON = 1e-6;

  /** Measures the gradients against the largest norm allowed; infinity never shortens. */
  public static GradientClip globalNorm(Map<String, INDArray> gradients, double largest) {
    if (!(largest > 0)) {
      throw new InputException("gradient norm limit " + largest + " must be above 0");
    }
    double[] chunk = new double[Elements.CHUNK];
    double sum = 0;
    for (INDArray gradient : gradients.values()) {
      sum += squares(Elements.of(gradient), chunk);
    }
    double norm = Math.sqrt(sum);
    return new GradientClip(norm, Math.min(1, largest / (norm + EPSILON)));
  }

  private static double squares(Elements elements, double[] chunk) {
    double sum = 0;
    for (long at = 0; at < elements.length(); at += Elements.CHUNK) {
      int count = elements.chunk(at);
      elements.get(at, chunk, count);
      double part = 0;
      for (int i = 0; i < count; i++) {
        part += chunk[i] * chunk[i];
      }
      sum += part;
    }
    return sum;
  }
}
