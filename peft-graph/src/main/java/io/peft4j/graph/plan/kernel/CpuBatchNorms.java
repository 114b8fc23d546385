package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Value;
import java.nio.FloatBuffer;
import java.util.List;

/** Batch norm and its gradient: x is read twice, and once more to write. */
final class CpuBatchNorms {
  /** Elements of a block: what is summed over many rows should not be moved for each. */
  private static final int BLOCK = 4 * Tile.SIZE;

  private final Parallel parallel;

  CpuBatchNorms(Parallel parallel) {
    this.parallel = parallel;
  }

  Kernel batchNorm(Operation.BatchNorm norm, Instruction instruction, Memory memory) {
    FloatBuffer x = Host.plain(instruction.input(0), memory);
    Vector gain = new Vector(instruction.input(1), memory);
    Vector offset = new Vector(instruction.input(2), memory);
    Vector running = new Vector(instruction.input(3), memory);
    Vector runningVariance = new Vector(instruction.input(4), memory);
    FloatBuffer training = Host.plain(instruction.input(5), memory);
    List<Value> outputs = instruction.outputs();
    FloatBuffer y = Host.plain(outputs.get(0), memory);
    Vector mean = new Vector(outputs.get(1), memory);
    Vector variance = new Vector(outputs.get(2), memory);
    Vector used = new Vector(outputs.get(3), memory);
    Vector inverse = new Vector(outputs.get(4), memory);
    int width = Math.toIntExact(norm.width());
    Blocks blocks = Blocks.ofSize(Math.toIntExact(norm.rows()), width, BLOCK);
    ColumnMoments moments = new ColumnMoments(width);
    boolean relu = norm.relu();
    Parallel.Body sum =
        (from, to, part) -> {
          float[] rows = Tile.own(blocks.length())[0];
          for (int block = from; block < to; block++) {
            int length = blocks.rows(block) * width;
            x.get(blocks.first(block) * width, rows, 0, length);
            moments.add(rows, length, part);
          }
        };
    Parallel.Body write =
        (from, to, part) -> {
          float[] rows = Tile.own(blocks.length())[0];
          for (int block = from; block < to; block++) {
            int first = blocks.first(block) * width;
            int length = blocks.rows(block) * width;
            x.get(first, rows, 0, length);
            for (int at = 0; at < length; at += width) {
              normalise(rows, at, used.values, inverse.values);
              affine(rows, at, gain.values, offset.values);
            }
            if (relu) {
              CpuActivations.relu(rows, length);
            }
            y.put(first, rows, 0, length);
          }
        };
    return () -> {
      gain.load();
      offset.load();
      running.load();
      runningVariance.load();
      float t = training.get(0);
      moments.start();
      parallel.loop(blocks.count(), sum);
      moments.finish(mean.values, variance.values);
      for (int j = 0; j < width; j++) {
        float m = running.values[j];
        float v = runningVariance.values[j];
        used.values[j] = m + (mean.values[j] - m) * t;
        double blended = v + (variance.values[j] - v) * t + norm.epsilon();
        inverse.values[j] = (float) (1 / Math.sqrt(blended));
      }
      mean.store();
      variance.store();
      used.store();
      inverse.store();
      parallel.loop(blocks.count(), write);
    };
  }

  Kernel batchNormGradient(
      Operation.BatchNormGradient norm, Instruction instruction, Memory memory) {
    FloatBuffer x = Host.plain(instruction.input(0), memory);
    Vector gain = new Vector(instruction.input(1), memory);
    Vector offset = new Vector(instruction.input(2), memory);
    FloatBuffer training = Host.plain(instruction.input(3), memory);
    Vector mean = new Vector(instruction.input(4), memory);
    Vector used = new Vector(instruction.input(5), memory);
    Vector inverse = new Vector(instruction.input(6), memory);
    FloatBuffer g = Host.plain(instruction.input(7), memory);
    List<Value> outputs = instruction.outputs();
    FloatBuffer dx = Host.plain(outputs.get(0), memory);
    Vector dGain = new Vector(outputs.get(1), memory);
    Vector dOffset = new Vector(outputs.get(2), memory);
    AffineSums sums = new AffineSums(outputs.subList(1, 3), memory);
    int rows = Math.toIntExact(norm.rows());
    int width = Math.toIntExact(norm.width());
    Blocks blocks = Blocks.ofSize(rows, width, BLOCK);
    boolean relu = norm.relu();
    Parallel.Body sum =
        (from, to, part) -> {
          float[][] tiles = Tile.own(blocks.length());
          float[] normal = tiles[0];
          float[] slope = tiles[1];
          for (int block = from; block < to; block++) {
            int first = blocks.first(block) * width;
            int length = blocks.rows(block) * width;
            x.get(first, normal, 0, length);
            g.get(first, slope, 0, length);
            for (int at = 0; at < length; at += width) {
              normalise(normal, at, used.values, inverse.values);
              if (relu) {
                keepWherePositive(normal, slope, at, gain.values, offset.values);
              }
            }
            sums.add(normal, slope, blocks.rows(block), part);
          }
        };
    float[] less = new float[width];
    float[] slopes = new float[width];
    float[] factor = new float[width];
    Parallel.Body write =
        (from, to, part) -> {
          float[][] tiles = Tile.own(blocks.length());
          float[] values = tiles[0];
          float[] slope = tiles[1];
          float[] normal = tiles[2];
          for (int block = from; block < to; block++) {
            int first = blocks.first(block) * width;
            int length = blocks.rows(block) * width;
            x.get(first, values, 0, length);
            g.get(first, slope, 0, length);
            if (relu) {
              System.arraycopy(values, 0, normal, 0, length);
              for (int at = 0; at < length; at += width) {
                normalise(normal, at, used.values, inverse.values);
                keepWherePositive(normal, slope, at, gain.values, offset.values);
              }
            }
            for (int at = 0; at < length; at += width) {
              project(slope, values, at, mean.values, factor, less, slopes);
            }
            dx.put(first, slope, 0, length);
          }
        };
    return () -> {
      gain.load();
      offset.load();
      mean.load();
      used.load();
      inverse.load();
      sums.start();
      parallel.loop(blocks.count(), sum);
      sums.finish();
      dGain.load();
      dOffset.load();
      float share = training.get(0) / rows;
      for (int j = 0; j < width; j++) {
        float r = inverse.values[j];
        factor[j] = r * gain.values[j];
        less[j] = factor[j] * share * dOffset.values[j];
        slopes[j] = factor[j] * share * dGain.values[j] * r;
      }
      parallel.loop(blocks.count(), write);
    };
  }

  private static void normalise(float[] x, int at, float[] mean, float[] inverse) {
    for (int j = 0; j < mean.length; j++) {
      x[at + j] = (x[at + j] - mean[j]) * inverse[j];
    }
  }

  private static void affine(float[] x, int at, float[] gain, float[] offset) {
    for (int j = 0; j < gain.length; j++) {
      x[at + j] = x[at + j] * gain[j] + offset[j];
    }
  }

  /** {@code g = 0} where ReLU let nothing through; the same arithmetic as forward. */
  private static void keepWherePositive(
      float[] normal, float[] g, int at, float[] gain, float[] offset) {
    for (int j = 0; j < gain.length; j++) {
      g[at + j] = CpuActivations.step(normal[at + j] * gain[j] + offset[j]) * g[at + j];
    }
  }

  /** {@code g·factor - less - (x - mean)·slope}. */
  private static void project(
      float[] g, float[] x, int at, float[] mean, float[] factor, float[] less, float[] slope) {
    for (int j = 0; j < mean.length; j++) {
      g[at + j] = g[at + j] * factor[j] - less[j] - (x[at + j] - mean[j]) * slope[j];
    }
  }

  /** A vector of the plan's, and a copy of it that is fast to read. */
  private static final class Vector {
    final float[] values;
    private final FloatBuffer memory;

    Vector(Value value, Memory memory) {
      this.memory = Host.plain(value, memory);
      values = new float[this.memory.limit()];
    }

    void load() {
      memory.get(0, values);
    }

    void store() {
      memory.put(0, values);
    }
  }
}
