package io.peft4j.graph.plan.kernel;

/**
 * Sums over a row. Eight partial sums: additions need not wait for one another, and are more exact.
 */
final class RowSums {
  private RowSums() {}

  /** {@code Σ x}. */
  static float sum(float[] x, int at, int length) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    float e = 0;
    float f = 0;
    float g = 0;
    float h = 0;
    int end = at + length;
    int i = at;
    for (; i <= end - 8; i += 8) {
      a += x[i];
      b += x[i + 1];
      c += x[i + 2];
      d += x[i + 3];
      e += x[i + 4];
      f += x[i + 5];
      g += x[i + 6];
      h += x[i + 7];
    }
    for (; i < end; i++) {
      a += x[i];
    }
    return a + b + (c + d) + (e + f + (g + h));
  }

  /** {@code Σ (x - m)²}. */
  static float squares(float[] x, int at, int length, float m) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    float e = 0;
    float f = 0;
    float g = 0;
    float h = 0;
    int end = at + length;
    int i = at;
    for (; i <= end - 8; i += 8) {
      a += (x[i] - m) * (x[i] - m);
      b += (x[i + 1] - m) * (x[i + 1] - m);
      c += (x[i + 2] - m) * (x[i + 2] - m);
      d += (x[i + 3] - m) * (x[i + 3] - m);
      e += (x[i + 4] - m) * (x[i + 4] - m);
      f += (x[i + 5] - m) * (x[i + 5] - m);
      g += (x[i + 6] - m) * (x[i + 6] - m);
      h += (x[i + 7] - m) * (x[i + 7] - m);
    }
    for (; i < end; i++) {
      a += (x[i] - m) * (x[i] - m);
    }
    return a + b + (c + d) + (e + f + (g + h));
  }

  /** {@code Σ x·y}. */
  static float product(float[] x, float[] y, int at, int length) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    float e = 0;
    float f = 0;
    float g = 0;
    float h = 0;
    int end = at + length;
    int i = at;
    for (; i <= end - 8; i += 8) {
      a += x[i] * y[i];
      b += x[i + 1] * y[i + 1];
      c += x[i + 2] * y[i + 2];
      d += x[i + 3] * y[i + 3];
      e += x[i + 4] * y[i + 4];
      f += x[i + 5] * y[i + 5];
      g += x[i + 6] * y[i + 6];
      h += x[i + 7] * y[i + 7];
    }
    for (; i < end; i++) {
      a += x[i] * y[i];
    }
    return a + b + (c + d) + (e + f + (g + h));
  }
}
