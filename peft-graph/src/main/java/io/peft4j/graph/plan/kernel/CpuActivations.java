package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/** Activations and their gradients, a tile at a time. */
final class CpuActivations {
  /** From one or two tiles to the first of them. */
  private interface Formula {
    void apply(float[] x, float[] g, int length);
  }

  /** {@code 10³⁸·10⁷} lifts the smallest positive float above 1. */
  private static final float HUGE = 1e38f;

  private static final float LARGE = 1e7f;

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
            formula.apply(tiles[0], tiles[1], length);
            z.put(at, tiles[0], 0, length);
          }
        };
    int tiles = Tile.count(elements);
    return () -> parallel.loop(tiles, body);
  }

  static void gelu(float[] x, int length) {
    for (int i = 0; i < length; i++) {
      x[i] *= 0.5f + cumulative(x[i]);
    }
  }

  static void geluGradient(float[] x, float[] g, int length) {
    for (int i = 0; i < length; i++) {
      x[i] = g[i] * (0.5f + slope(x[i]));
    }
  }

  static void relu(float[] x, int length) {
    for (int i = 0; i < length; i++) {
      x[i] = Math.max(x[i], 0);
    }
  }

  /**
   * 1 where x is positive, else 0, without a branch, which would be mispredicted half of the time.
   */
  static float step(float x) {
    return Math.min(Math.max(x * HUGE * LARGE, 0), 1);
  }

  /** On the bits: a branch would be mispredicted half of the time. */
  private static void keepWherePositive(int[] y, int[] g, int length) {
    for (int i = 0; i < length; i++) {
      // The sign of -y & ~y is set if, and only if, y is greater than 0 as an integer.
      g[i] &= (-y[i] & ~y[i]) >> 31;
    }
  }

  /**
   * {@code Φ(x) - 1/2} to 2e-7: an odd rational function of least greatest error within ±5.26,
   * fitted by iterated least squares; the coefficients are rounded to floats and the end is chosen
   * so that it is ±1/2 there to the bit.
   */
  private static float cumulative(float x) {
    float t = Math.max(-5.26f, Math.min(5.26f, x));
    float s = t * t;
    float p = 2.4050377689377456e-08f;
    p = p * s + 6.379065325745614e-06f;
    p = p * s + 0.00016033400606829673f;
    p = p * s + 0.004627990536391735f;
    p = p * s + 0.0329357273876667f;
    p = p * s + 0.3989422619342804f;
    float q = 1.2371709772196482e-06f;
    q = q * s + 7.13522094883956e-05f;
    q = q * s + 0.0018365686992183328f;
    q = q * s + 0.028138792142271996f;
    q = q * s + 0.24922385811805725f;
    q = q * s + 1;
    return t * p / q;
  }

  /**
   * {@code Φ(x) + x·φ(x) - 1/2} to 3e-7, made in the same way: neither an error function nor an
   * exponential is needed.
   */
  private static float slope(float x) {
    float t = Math.max(-5.69f, Math.min(5.69f, x));
    float s = t * t;
    float p = 1.9255473659995914e-07f;
    p = p * s + 3.592807843233459e-05f;
    p = p * s + 1.948318094946444e-05f;
    p = p * s + 0.014228218235075474f;
    p = p * s - 0.03098568134009838f;
    p = p * s + 0.7978853583335876f;
    float q = 8.940493898990098e-06f;
    q = q * s + 0.00019204443378839642f;
    q = q * s + 0.0035228438209742308f;
    q = q * s + 0.04098198190331459f;
    q = q * s + 0.2945067286491394f;
    q = q * s + 1;
    return t * p / q;
  }
}
