package io.peft4j.graph.plan.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * {@code eˣ} of many numbers to 2e-7: {@code 2ⁿ·eʳ} with n whole and {@code |r| ≤ ln(2)/2}, the
 * polynomial of Cephes' expf (Moshier). It takes no branch and no table, so the loops are
 * vectorised.
 */
final class Exponential {
  /** Below this the result is as small as a normal number can be. */
  private static final float LEAST = -87.3f;

  private static final float MOST = 88;

  /** 1.5·2²³: a small number added to it is rounded to a whole one, in the last bits. */
  private static final float ROUNDING = 12582912;

  private static final float INVERSE_LN2 = 1.44269504f;
  private static final float LN2 = 0.693359375f;
  private static final float LN2_REST = -2.12194440e-4f;
  private static final int ONE = 0x3F800000;
  private static final int EXPONENT = 23;

  /** Numbers taken for bits, which goes by memory: a conversion one by one is not vectorised. */
  private final FloatBuffer numbers;

  private final IntBuffer bits;
  private final float[] powers;
  private final int[] exponents;

  Exponential(int length) {
    ByteBuffer memory =
        ByteBuffer.allocateDirect(length * Float.BYTES).order(ByteOrder.nativeOrder());
    numbers = memory.asFloatBuffer();
    bits = memory.asIntBuffer();
    powers = new float[length];
    exponents = new int[length];
  }

  /** {@code x = eˣ}, x in [-87.3, 88]; what lies outside is moved there. */
  void apply(float[] x, int length) {
    clamp(x, length);
    rounded(x, powers, length);
    numbers.put(0, powers, 0, length);
    bits.get(0, exponents, 0, length);
    scale(exponents, length);
    reduce(x, powers, length);
    polynomial(x, length);
    bits.put(0, exponents, 0, length);
    numbers.get(0, powers, 0, length);
    multiply(x, powers, length);
  }

  private static void clamp(float[] x, int length) {
    for (int i = 0; i < length; i++) {
      x[i] = Math.max(LEAST, Math.min(MOST, x[i]));
    }
  }

  private static void rounded(float[] x, float[] n, int length) {
    for (int i = 0; i < length; i++) {
      n[i] = x[i] * INVERSE_LN2 + ROUNDING;
    }
  }

  /** From n in the last bits to the bits of 2ⁿ. */
  private static void scale(int[] bits, int length) {
    for (int i = 0; i < length; i++) {
      bits[i] = (bits[i] << EXPONENT) + ONE;
    }
  }

  private static void reduce(float[] x, float[] n, int length) {
    for (int i = 0; i < length; i++) {
      float whole = n[i] - ROUNDING;
      x[i] = x[i] - whole * LN2 - whole * LN2_REST;
    }
  }

  private static void polynomial(float[] x, int length) {
    for (int i = 0; i < length; i++) {
      float r = x[i];
      float p = 1.9875691500e-4f;
      p = p * r + 1.3981999507e-3f;
      p = p * r + 8.3334519073e-3f;
      p = p * r + 4.1665795894e-2f;
      p = p * r + 1.6666665459e-1f;
      p = p * r + 5.0000001201e-1f;
      x[i] = p * r * r + r + 1;
    }
  }

  private static void multiply(float[] x, float[] y, int length) {
    for (int i = 0; i < length; i++) {
      x[i] *= y[i];
    }
  }
}
