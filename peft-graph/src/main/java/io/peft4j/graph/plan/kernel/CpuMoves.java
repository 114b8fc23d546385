package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Value;
import java.util.Optional;

/** Moves between any two layouts, by way of tiles. */
final class CpuMoves {
  private final Parallel parallel;

  CpuMoves(Parallel parallel) {
    this.parallel = parallel;
  }

  /** Nothing if targets that are there twice have to add up. */
  Optional<Kernel> move(boolean accumulates, Instruction instruction, Memory memory) {
    Value from = instruction.input(0);
    Value to = instruction.output();
    if (accumulates && Overlap.in(to.layout())) {
      return Optional.empty();
    }
    Runs x = Runs.of(from, memory);
    Runs y = Runs.of(to, memory);
    float scale = (float) from.scale();
    if (x.isScattered() || y.isScattered()) {
      Optional<CpuTransposes> transposes = CpuTransposes.of(from, to, memory);
      if (transposes.isPresent()) {
        return Optional.of(transposes.get().kernel(accumulates, scale, parallel));
      }
    }
    int elements = Math.toIntExact(to.layout().elements());
    Parallel.Body body =
        (first, end, part) -> {
          float[][] tiles = Tile.own(Tile.SIZE);
          for (int tile = first; tile < end; tile++) {
            int at = tile * Tile.SIZE;
            int length = Math.min(Tile.SIZE, elements - at);
            x.read(at, tiles[0], length);
            if (accumulates) {
              y.read(at, tiles[1], length);
              add(tiles[0], scale, tiles[1], length);
            } else if (scale != 1) {
              multiply(tiles[0], scale, length);
            }
            y.write(at, tiles[0], length);
          }
        };
    int tiles = Tile.count(elements);
    return Optional.of(() -> parallel.loop(tiles, body));
  }

  private static void add(float[] x, float scale, float[] y, int length) {
    for (int i = 0; i < length; i++) {
      x[i] = x[i] * scale + y[i];
    }
  }

  private static void multiply(float[] x, float scale, int length) {
    for (int i = 0; i < length; i++) {
      x[i] *= scale;
    }
  }
}
