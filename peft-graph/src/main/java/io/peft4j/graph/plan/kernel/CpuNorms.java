package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Value;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;

/** Layer norm and its gradients, and softmax's gradient: a few rows at a time. */
final class CpuNorms {
  private final Parallel parallel;

  CpuNorms(Parallel parallel) {
    this.parallel = parallel;
  }

  Kernel layerNorm(Operation.LayerNorm norm, Instruction instruction, Memory memory) {
    FloatBuffer x = Host.plain(instruction.input(0), memory);
    FloatBuffer gain = Host.plain(instruction.input(1), memory);
    FloatBuffer offset = Host.plain(instruction.input(2), memory);
    FloatBuffer y = Host.plain(instruction.outputs().get(0), memory);
    FloatBuffer mean = Host.plain(instruction.outputs().get(1), memory);
    FloatBuffer deviation = Host.plain(instruction.outputs().get(2), memory);
    int width = Math.toIntExact(norm.width());
    double epsilon = norm.epsilon();
    Blocks blocks = Blocks.ofTile(Math.toIntExact(norm.rows()), width);
    float[] gains = new float[blocks.length()];
    float[] offsets = new float[blocks.length()];
    Parallel.Body body =
        (from, to, part) -> {
          float[] rows = Tile.own(blocks.length())[0];
          for (int block = from; block < to; block++) {
            int first = blocks.first(block);
            int count = blocks.rows(block);
            x.get(first * width, rows, 0, count * width);
            for (int row = 0; row < count; row++) {
              float m = RowSums.sum(rows, row * width, width) / width;
              float variance = RowSums.squares(rows, row * width, width, m) / width;
              float r = (float) (1 / Math.sqrt(variance + epsilon));
              affine(rows, row * width, width, r, m * r);
              mean.put(first + row, m);
              deviation.put(first + row, r);
            }
            affine(rows, gains, offsets, count * width);
            y.put(first * width, rows, 0, count * width);
          }
        };
    return () -> {
      blocks.repeat(gain, gains);
      blocks.repeat(offset, offsets);
      parallel.loop(blocks.count(), body);
    };
  }

  /** One row. */
  private static void affine(float[] rows, int at, int width, float factor, float less) {
    for (int j = at; j < at + width; j++) {
      rows[j] = rows[j] * factor - less;
    }
  }

  /** Many rows: long loops are several times faster than many short ones. */
  private static void affine(float[] rows, float[] gain, float[] offset, int length) {
    for (int i = 0; i < length; i++) {
      rows[i] = rows[i] * gain[i] + offset[i];
    }
  }

  Kernel layerNormGradient(
      Operation.LayerNormGradient norm, Instruction instruction, Memory memory) {
    return gradient(norm.rows(), norm.width(), instruction, memory, Optional.empty());
  }

  Kernel layerNormFullGradient(
      Operation.LayerNormFullGradient norm, Instruction instruction, Memory memory) {
    Parameters parameters =
        new Parameters(norm.rows(), norm.width(), instruction.outputs().subList(1, 3), memory);
    return parameters.around(
        gradient(norm.rows(), norm.width(), instruction, memory, Optional.of(parameters.sums)));
  }

  /** Where the gradients of gain and offset go. */
  private static final class Parameters {
    final AffineSums sums;
    private final FloatBuffer gain;
    private final FloatBuffer offset;

    Parameters(long rows, long width, List<Value> outputs, Memory memory) {
      int columns = Math.toIntExact(width);
      sums = new AffineSums(columns, Blocks.ofTile(Math.toIntExact(rows), columns));
      gain = Host.plain(outputs.get(0), memory);
      offset = Host.plain(outputs.get(1), memory);
    }

    Kernel around(Kernel loop) {
      return () -> {
        sums.start();
        loop.run();
        gain.put(0, sums.products());
        offset.put(0, sums.sums());
      };
    }
  }

  private Kernel gradient(
      long rows, long columns, Instruction instruction, Memory memory, Optional<AffineSums> sums) {
    FloatBuffer x = Host.plain(instruction.input(0), memory);
    FloatBuffer gain = Host.plain(instruction.input(1), memory);
    FloatBuffer mean = Host.plain(instruction.input(2), memory);
    FloatBuffer deviation = Host.plain(instruction.input(3), memory);
    FloatBuffer g = Host.plain(instruction.input(4), memory);
    FloatBuffer dx = Host.plain(instruction.output(), memory);
    int width = Math.toIntExact(columns);
    Blocks blocks = Blocks.ofTile(Math.toIntExact(rows), width);
    float[] gains = new float[blocks.length()];
    Parallel.Body body =
        (from, to, part) -> {
          float[][] tiles = Tile.many(4, blocks.length());
          float[] normal = tiles[0];
          float[] h = tiles[1];
          AffineSums.Part done = AffineSums.part(tiles[2], tiles[3]);
          for (int block = from; block < to; block++) {
            int first = blocks.first(block);
            int count = blocks.rows(block);
            x.get(first * width, normal, 0, count * width);
            g.get(first * width, h, 0, count * width);
            for (int row = 0; row < count; row++) {
              float r = deviation.get(first + row);
              affine(normal, row * width, width, r, mean.get(first + row) * r);
            }
            if (sums.isPresent()) {
              done.add(normal, h, count * width);
            }
            multiply(h, gains, count * width);
            for (int row = 0; row < count; row++) {
              int at = row * width;
              float r = deviation.get(first + row);
              float share = RowSums.sum(h, at, width) / width;
              float slope = RowSums.product(h, normal, at, width) / width;
              project(h, normal, at, width, r, share * r, slope * r);
            }
            dx.put(first * width, h, 0, count * width);
          }
          sums.ifPresent(s -> s.keep(done, part));
        };
    return () -> {
      blocks.repeat(gain, gains);
      parallel.loop(blocks.count(), body);
    };
  }

  private static void multiply(float[] x, float[] y, int length) {
    for (int i = 0; i < length; i++) {
      x[i] *= y[i];
    }
  }

  private static void project(
      float[] h, float[] normal, int at, int width, float factor, float less, float slope) {
    for (int j = at; j < at + width; j++) {
      h[j] = h[j] * factor - less - normal[j] * slope;
    }
  }

  Kernel layerNormParameterGradient(
      Operation.LayerNormParameterGradient norm, Instruction instruction, Memory memory) {
    FloatBuffer x = Host.plain(instruction.input(0), memory);
    FloatBuffer mean = Host.plain(instruction.input(1), memory);
    FloatBuffer deviation = Host.plain(instruction.input(2), memory);
    FloatBuffer g = Host.plain(instruction.input(3), memory);
    int width = Math.toIntExact(norm.width());
    Blocks blocks = Blocks.ofTile(Math.toIntExact(norm.rows()), width);
    Parameters parameters =
        new Parameters(norm.rows(), norm.width(), instruction.outputs(), memory);
    Parallel.Body body =
        (from, to, part) -> {
          float[][] tiles = Tile.many(4, blocks.length());
          AffineSums.Part done = AffineSums.part(tiles[2], tiles[3]);
          for (int block = from; block < to; block++) {
            int first = blocks.first(block);
            int count = blocks.rows(block);
            x.get(first * width, tiles[0], 0, count * width);
            g.get(first * width, tiles[1], 0, count * width);
            for (int row = 0; row < count; row++) {
              float r = deviation.get(first + row);
              affine(tiles[0], row * width, width, r, mean.get(first + row) * r);
            }
            done.add(tiles[0], tiles[1], count * width);
          }
          parameters.sums.keep(done, part);
        };
    return parameters.around(() -> parallel.loop(blocks.count(), body));
  }

  Kernel softmaxGradient(
      Operation.SoftmaxGradient softmax, Instruction instruction, Memory memory) {
    FloatBuffer y = Host.plain(instruction.input(0), memory);
    FloatBuffer g = Host.plain(instruction.input(1), memory);
    FloatBuffer dx = Host.plain(instruction.output(), memory);
    int width = Math.toIntExact(softmax.width());
    Blocks blocks = Blocks.ofTile(Math.toIntExact(softmax.rows()), width);
    Parallel.Body body =
        (from, to, part) -> {
          float[][] tiles = Tile.own(blocks.length());
          for (int block = from; block < to; block++) {
            int first = blocks.first(block);
            int count = blocks.rows(block);
            y.get(first * width, tiles[0], 0, count * width);
            g.get(first * width, tiles[1], 0, count * width);
            for (int row = 0; row < count; row++) {
              float sum = RowSums.product(tiles[0], tiles[1], row * width, width);
              descend(tiles[0], tiles[1], row * width, width, sum);
            }
            dx.put(first * width, tiles[0], 0, count * width);
          }
        };
    return () -> parallel.loop(blocks.count(), body);
  }

  private static void descend(float[] y, float[] g, int at, int width, float sum) {
    for (int j = at; j < at + width; j++) {
      y[j] *= g[j] - sum;
    }
  }
}
