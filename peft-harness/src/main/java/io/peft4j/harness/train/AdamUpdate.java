package io.peft4j.harness.train;

import org.nd4j.linalg.api.ndarray.INDArray;

/** One pass over a parameter, its gradient and its moments. Not thread-safe. */
final class AdamUpdate {
  private final Singles singles = new Singles();
  private final Doubles doubles = new Doubles();

  /**
   * What is the same for all elements of a parameter.
   *
   * @param gradientScale factor on the gradient
   * @param keep factor on the old value
   * @param rate learning rate, corrected for the first moment's start at zero
   * @param rootFactor correction of the second moment's root likewise
   */
  record Factors(
      AdamW.Settings settings, double gradientScale, double keep, double rate, double rootFactor) {}

  void run(Factors factors, INDArray value, INDArray gradient, INDArray first, INDArray second) {
    Elements values = Elements.of(value);
    Elements gradients = Elements.of(gradient);
    Elements firsts = Elements.of(first);
    Elements seconds = Elements.of(second);
    if (values.areSingle() && gradients.areSingle()) {
      singles.update(factors, values, gradients, firsts, seconds);
    } else {
      doubles.update(factors, values, gradients, firsts, seconds);
    }
    values.flush();
    firsts.flush();
    seconds.flush();
  }

  /** Chunks of FLOAT: half the memory traffic, and loops that the compiler vectorises. */
  private static final class Singles {
    private final float[] p = new float[Elements.CHUNK];
    private final float[] g = new float[Elements.CHUNK];
    private final float[] m = new float[Elements.CHUNK];
    private final float[] v = new float[Elements.CHUNK];

    void update(Factors u, Elements values, Elements gradients, Elements first, Elements second) {
      for (long at = 0; at < values.length(); at += Elements.CHUNK) {
        int count = values.chunk(at);
        values.get(at, p, count);
        gradients.get(at, g, count);
        first.get(at, m, count);
        second.get(at, v, count);
        scale(g, (float) u.gradientScale, count);
        blend(m, (float) u.settings.beta1(), g, (float) (1 - u.settings.beta1()), count);
        blendSquares(v, (float) u.settings.beta2(), g, (float) (1 - u.settings.beta2()), count);
        float epsilon = (float) u.settings.epsilon();
        descend(p, m, v, (float) u.keep, (float) u.rate, (float) u.rootFactor, epsilon, count);
        values.put(at, p, count);
        first.put(at, m, count);
        second.put(at, v, count);
      }
    }

    private static void scale(float[] g, float factor, int count) {
      for (int i = 0; i < count; i++) {
        g[i] *= factor;
      }
    }

    private static void blend(float[] m, float old, float[] g, float fresh, int count) {
      for (int i = 0; i < count; i++) {
        m[i] = old * m[i] + fresh * g[i];
      }
    }

    private static void blendSquares(float[] v, float old, float[] g, float fresh, int count) {
      for (int i = 0; i < count; i++) {
        v[i] = old * v[i] + fresh * g[i] * g[i];
      }
    }

    private static void descend(
        float[] p,
        float[] m,
        float[] v,
        float keep,
        float rate,
        float rootFactor,
        float epsilon,
        int count) {
      for (int i = 0; i < count; i++) {
        float root = (float) Math.sqrt(v[i]) * rootFactor;
        p[i] = p[i] * keep - rate * m[i] / (root + epsilon);
      }
    }
  }

  /** Chunks of DOUBLE, or of mixed types. */
  private static final class Doubles {
    private final double[] p = new double[Elements.CHUNK];
    private final double[] g = new double[Elements.CHUNK];
    private final double[] m = new double[Elements.CHUNK];
    private final double[] v = new double[Elements.CHUNK];

    void update(Factors u, Elements values, Elements gradients, Elements first, Elements second) {
      double beta1 = u.settings.beta1();
      double beta2 = u.settings.beta2();
      for (long at = 0; at < values.length(); at += Elements.CHUNK) {
        int count = values.chunk(at);
        values.get(at, p, count);
        gradients.get(at, g, count);
        first.get(at, m, count);
        second.get(at, v, count);
        for (int i = 0; i < count; i++) {
          double gi = g[i] * u.gradientScale;
          m[i] = beta1 * m[i] + (1 - beta1) * gi;
          v[i] = beta2 * v[i] + (1 - beta2) * gi * gi;
          double root = Math.sqrt(v[i]) * u.rootFactor;
          p[i] = p[i] * u.keep - u.rate * m[i] / (root + u.settings.epsilon());
        }
        values.put(at, p, count);
        first.put(at, m, count);
        second.put(at, v, count);
      }
    }
  }
}
