package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import java.nio.FloatBuffer;

/** Activations and their gradients, a tile at a time. */
final class CpuActivations {
  /** From one or two tiles to the first of them. */
  private interface Formula {
    void apply(float[] x, float[] g, int length);
  }

  private final Parallel parallel;

  CpuActivations(Parallel parallel) {
    this.parallel = parallel;
  }

  Kernel gelu(Instruction instruction, Memory memory) {
    return kernel(instruction, memory, (x, g, n) -> gelu(x, n));
  }

  Kernel geluGradient(Instruction instruction, Memory memory) {
    return kernel(instruction, memory, CpuActivations::geluGradient);
  }

  Kernel relu(Instruction instruction, Memory memory) {
    return kernel(instruction, memory, (x, g, n) -> relu(x, n));
  }

  Kernel reluGradient(Instruction instruction, Memory memory) {
    return kernel(instruction, memory, CpuActivations::reluGradient);
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
            formula.apply(tiles[0], tiles[1], length);
            z.put(at, tiles[0], 0, length);
          }
        };
    int tiles = Tile.count(elements);
    return () -> parallel.loop(tiles, body);
  }

  private static void gelu(float[] x, int length) {
    for (int i = 0; i < length; i++) {
      float v = x[i];
      x[i] = v * (0.5f + halfErf(v));
    }
  }

  private static void geluGradient(float[] x, float[] g, int length) {
    for (int i = 0; i < length; i++) {
      float v = x[i];
      x[i] = g[i] * (0.5f + halfErf(v) + v * density(v));
    }
  }

  private static void relu(float[] x, int length) {
    for (int i = 0; i < length; i++) {
      x[i] = Math.max(x[i], 0);
    }
  }

  private static void reluGradient(float[] y, float[] g, int length) {
    for (int i = 0; i < length; i++) {
      y[i] = y[i] > 0 ? g[i] : 0;
    }
  }

  /**
   * {@code erf(x/√2)/2} to 3e-7, by the rational function that Eigen and XLA use for erf in single
   * precision (odd polynomial of degree 13 over even one of degree 8, arguments beyond 4 cut off).
   */
  private static float halfErf(float x) {
    float t = Math.max(-4f, Math.min(4f, x * 0.70710678f));
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
   * {@code exp(-x²/2)/√(2π)} to 3e-7: the Taylor series of {@code exp(-u)}, {@code u = x²/64 <
   * 0.57}, to the 7th power, raised to the 32nd by squaring.
   */
  private static float density(float x) {
    float t = Math.max(-6f, Math.min(6f, x));
    float u = t * t * -0.015625f;
    float e = 1f / 5040;
    e = e * u + 1f / 720;
    e = e * u + 1f / 120;
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
    e = e * (2 + e);
    return 0.39894228f * (1 + e);
  }
}
