package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/** Activations and their gradients, a tile at a time. */
final class CpuActivations {
  /** From one or two tiles to the first of them. */
  private interface Formula {
    void apply(float[] x, float[] g, float[] spare, int length);
  }

  private final Parallel parallel;

  CpuActivations(Parallel parallel) {
    this.parallel = parallel;
  }

  Kernel gelu(Instruction instruction, Memory memory) {
    return kernel(instruction, memory, (x, g, s, n) -> gelu(x, n));
  }

  Kernel geluGradient(Instruction instruction, Memory memory) {
    return kernel(instruction, memory, CpuActivations::geluGradient);
  }

  Kernel relu(Instruction instruction, Memory memory) {
    return kernel(instruction, memory, (x, g, s, n) -> relu(x, n));
  }

  Kernel reluGradient(Instruction instruction, Memory memory) {
    IntBuffer y = Host.bits(instruction.input(0), memory);
    IntBuffer g = Host.bits(instruction.input(1), memory);
    IntBuffer dx = Host.bits(instruction.output(), memory);
    int elements = dx.limit();
    Parallel.Body body =
        (from, to, part) -> {
          int[][] tiles = Tile.ownBits();
          for (int tile = from; tile < to; tile++) {
            int at = tile * Tile.SIZE;
            int length = Math.min(Tile.SIZE, elements - at);
            y.get(at, tiles[0], 0, length);
            g.get(at, tiles[1], 0, length);
            keepWherePositive(tiles[0], tiles[1], length);
            dx.put(at, tiles[1], 0, length);
          }
        };
    int tiles = Tile.count(elements);
    return () -> parallel.loop(tiles, body);
  }

  private Kernel kernel(Instruction instruction, Memory memory, Formula formula) {
    FloatBuffer x = Host.plain(instruction.input(0), memory);
    boolean two = instruction.inputs().size() == 2;
    FloatBuffer g = two ? Host.plain(instruction.input(1), memory) : x;
    FloatBuffer z = Host.plain(instruction.output(), memory);
    int elements = z.limit();
    Parallel.Body body =
        (from, to, part) -> {
          float[][] tiles = Tile.own(Tile.SIZE);
          for (int tile = from; tile < to; tile++) {
            int at = tile * Tile.SIZE;
            int length = Math.min(Tile.SIZE, elements - at);
            x.get(at, tiles[0], 0, length);
            if (two) {
              g.get(at, tiles[1], 0, length);
            }
            formula.apply(tiles[0], tiles[1], tiles[2], length);
            z.put(at, tiles[0], 0, length);
          }
        };
    int tiles = Tile.count(elements);
    return () -> parallel.loop(tiles, body);
  }

  private static void gelu(float[] x, int length) {
    for (int i = 0; i < length; i++) {
      float v = x[i];
      x[i] = v * (0.5f + halfErf(clamp(v)));
    }
  }

  /** Three loops: the compiler vectorises them, but not one with all in it. */
  private static void geluGradient(float[] x, float[] g, float[] spare, int length) {
    for (int i = 0; i < length; i++) {
      spare[i] = clamp(x[i]);
    }
    for (int i = 0; i < length; i++) {
      x[i] = 0.5f + halfErf(spare[i]);
    }
    for (int i = 0; i < length; i++) {
      x[i] = g[i] * (x[i] + spare[i] * density(spare[i]));
    }
  }

  private static void relu(float[] x, int length) {
    for (int i = 0; i < length; i++) {
      x[i] = Math.max(x[i], 0);
    }
  }

  /** On the bits: a branch would be mispredicted half of the time. */
  private static void keepWherePositive(int[] y, int[] g, int length) {
    for (int i = 0; i < length; i++) {
      // The sign of -y & ~y is set if, and only if, y is greater than 0 as an integer.
      g[i] &= (-y[i] & ~y[i]) >> 31;
    }
  }

  /**
   * Within ±4√2, where Φ is 0 or 1 to single precision; vectorised, as minimum and maximum are not.
   */
  private static float clamp(float x) {
    return 0.5f * (Math.abs(x + 5.656854f) - Math.abs(x - 5.656854f));
  }

  /**
   * {@code erf(x/√2)/2} within the clamp to 3e-7, by the rational function that Eigen and XLA use
   * for erf in single precision (odd polynomial of degree 13 over even one of degree 8).
   */
  private static float halfErf(float x) {
    float t = x * 0.70710678f;
    float s = t * t;
    float p = -2.72614225801306e-10f;
    p = p * s + 2.77068142495902e-08f;
    p = p * s - 2.10102402082508e-06f;
    p = p * s - 5.69250639462346e-05f;
    p = p * s - 7.34990630326855e-04f;
    p = p * s - 2.95459980854025e-03f;
    p = p * s - 1.60960333262415e-02f;
    float q = -1.45660718464996e-05f;
    q = q * s - 2.13374055278905e-04f;
    q = q * s - 1.68282697438203e-03f;
    q = q * s - 7.37332916720468e-03f;
    q = q * s - 1.42647390514189e-02f;
    return 0.5f * t * p / q;
  }

  /**
   * {@code exp(-x²/2)/√(2π)} within the clamp to 3e-7: the Taylor series of {@code exp(u)}, {@code
   * u = -x²/32}, to the 5th power, raised to the 16th by squaring. It errs only where the result is
   * small.
   */
  private static float density(float x) {
    float u = x * x * -0.03125f;
    float e = 1f / 120;
    e = e * u + 1f / 24;
    e = e * u + 1f / 6;
    e = e * u + 0.5f;
    e = e * u + 1f;
    // exp(u) - 1 keeps its digits under (1 + e)² - 1 = e(2 + e), where 1 + e would lose some.
    e = e * u;
    e = e * (2 + e);
    e = e * (2 + e);
    e = e * (2 + e);
    e = e * (2 + e);
    return 0.39894228f * (1 + e);
  }
}
