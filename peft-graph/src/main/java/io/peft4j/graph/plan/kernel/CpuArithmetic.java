package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * Elementwise operations and sums. ND4J spends up to a tenth of a millisecond on finding out how
 * two small arrays broadcast, which here is known beforehand.
 */
final class CpuArithmetic {
  /** Larger sums are products with ones, which BLAS shares among threads. */
  private static final long SMALL = 1 << 16;

  /** Which elements of the smaller array stand beside a tile of the larger. */
  interface Spread {
    void fill(float[] tile, int at, int length);
  }

  private final Parallel parallel;

  CpuArithmetic(Parallel parallel) {
    this.parallel = parallel;
  }

  Kernel binary(Operation.Binary binary, Instruction instruction, Memory memory) {
    FloatBuffer x = Host.plain(instruction.input(0), memory);
    Spread y = spread(binary, Host.plain(instruction.input(1), memory));
    FloatBuffer z = Host.plain(instruction.output(), memory);
    Operation.Pair pair = binary.pair();
    int elements = z.limit();
    Parallel.Body body =
        (from, to, part) -> {
          float[][] tiles = Tile.own(Tile.SIZE);
          for (int tile = from; tile < to; tile++) {
            int at = tile * Tile.SIZE;
            int length = Math.min(Tile.SIZE, elements - at);
            x.get(at, tiles[0], 0, length);
            y.fill(tiles[1], at, length);
            combine(pair, tiles[0], tiles[1], length);
            z.put(at, tiles[0], 0, length);
          }
        };
    int tiles = Tile.count(elements);
    return () -> parallel.loop(tiles, body);
  }

  static Spread spread(Operation.Binary binary, FloatBuffer y) {
    int middle = Math.toIntExact(binary.middle());
    int inner = Math.toIntExact(binary.inner());
    if (binary.outer() == 1 && inner == 1) {
      return (tile, at, length) -> y.get(at, tile, 0, length);
    }
    if (middle == 1) {
      return (tile, at, length) -> Arrays.fill(tile, 0, length, y.get(0));
    }
    return inner == 1
        ? (tile, at, length) -> repeat(y, middle, tile, at, length)
        : (tile, at, length) -> stretch(y, middle, inner, tile, at, length);
  }

  /** Rows of {@code middle}, one after the other: once from memory, then from the tile itself. */
  private static void repeat(FloatBuffer y, int middle, float[] tile, int at, int length) {
    int first = at % middle;
    int head = Math.min(middle - first, length);
    y.get(first, tile, 0, head);
    int filled = Math.min(middle, length);
    y.get(0, tile, head, filled - head);
    while (filled < length) {
      int piece = Math.min(filled, length - filled);
      System.arraycopy(tile, 0, tile, filled, piece);
      filled += piece;
    }
  }

  /** Each element {@code inner} times. */
  private static void stretch(
      FloatBuffer y, int middle, int inner, float[] tile, int at, int length) {
    int row = at / inner % middle;
    int piece = Math.min(inner - at % inner, length);
    for (int done = 0; done < length; done += piece, piece = Math.min(inner, length - done)) {
      Arrays.fill(tile, done, done + piece, y.get(row));
      row = row + 1 == middle ? 0 : row + 1;
    }
  }

  static void combine(Operation.Pair pair, float[] x, float[] y, int length) {
    switch (pair) {
      case ADD -> add(x, y, length);
      case SUBTRACT -> subtract(x, y, length);
      case MULTIPLY -> multiply(x, y, length);
    }
  }

  // A method each: loops this short are what the compiler vectorises best.
  private static void add(float[] x, float[] y, int length) {
    for (int i = 0; i < length; i++) {
      x[i] += y[i];
    }
  }

  private static void subtract(float[] x, float[] y, int length) {
    for (int i = 0; i < length; i++) {
      x[i] -= y[i];
    }
  }

  private static void multiply(float[] x, float[] y, int length) {
    for (int i = 0; i < length; i++) {
      x[i] *= y[i];
    }
  }

  Kernel fill(Operation.Fill fill, Instruction instruction, Memory memory) {
    FloatBuffer y = Host.plain(instruction.output(), memory);
    float value = (float) fill.value();
    int elements = y.limit();
    Parallel.Body body =
        (from, to, part) -> {
          float[] tile = Tile.own(Tile.SIZE)[0];
          Arrays.fill(tile, 0, Tile.SIZE, value);
          for (int i = from; i < to; i++) {
            int at = i * Tile.SIZE;
            y.put(at, tile, 0, Math.min(Tile.SIZE, elements - at));
          }
        };
    int tiles = Tile.count(elements);
    return () -> parallel.loop(tiles, body);
  }

  /** Nothing for large sums. */
  Optional<Kernel> sum(Operation.Sum sum, Instruction instruction, Memory memory) {
    if (instruction.input(0).layout().elements() > SMALL) {
      return Optional.empty();
    }
    FloatBuffer x = Host.plain(instruction.input(0), memory);
    FloatBuffer y = Host.plain(instruction.output(), memory);
    int middle = Math.toIntExact(sum.middle());
    int inner = Math.toIntExact(sum.inner());
    int elements = x.limit();
    float[] sums = new float[middle];
    boolean accumulates = sum.accumulates();
    return Optional.of(
        () -> {
          if (accumulates) {
            y.get(0, sums);
          } else {
            Arrays.fill(sums, 0);
          }
          float[] all = Tile.own(elements)[0];
          x.get(0, all, 0, elements);
          if (inner == 1) {
            addRows(sums, all, elements);
          } else {
            addRuns(sums, all, elements, inner);
          }
          y.put(0, sums);
        });
  }

  private static void addRows(float[] sums, float[] rows, int elements) {
    int width = sums.length;
    for (int at = 0; at < elements; at += width) {
      for (int j = 0; j < width; j++) {
        sums[j] += rows[at + j];
      }
    }
  }

  private static void addRuns(float[] sums, float[] runs, int elements, int length) {
    int row = 0;
    for (int at = 0; at < elements; at += length) {
      sums[row] += RowSums.sum(runs, at, length);
      row = row + 1 == sums.length ? 0 : row + 1;
    }
  }
}
