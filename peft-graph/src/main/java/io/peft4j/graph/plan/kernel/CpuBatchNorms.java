package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Value;
import java.nio.FloatBuffer;
import java.util.List;

/** Batch norm and its gradient: once through the arrays to sum, once more to write. */
final class CpuBatchNorms {
  /** Elements of a block: half a dozen of them fit the second-level cache. */
  private static final int BLOCK = 4 * Tile.SIZE;

  private final Parallel parallel;

  CpuBatchNorms(Parallel parallel) {
    this.parallel = parallel;
  }

  Kernel batchNorm(Operation.BatchNorm norm, Instruction instruction, Memory memory) {
    List<Value> outputs = instruction.outputs();
    FloatBuffer x = Host.plain(instruction.input(0), memory);
    Vector gain = new Vector(instruction.input(1), memory);
    Vector offset = new Vector(instruction.input(2), memory);
    Vector running = new Vector(instruction.input(3), memory);
    Vector runningVariance = new Vector(instruction.input(4), memory);
    FloatBuffer training = Host.plain(instruction.input(5), memory);
    FloatBuffer y = Host.plain(outputs.get(0), memory);
    Vector mean = new Vector(outputs.get(1), memory);
    Vector variance = new Vector(outputs.get(2), memory);
    Vector used = new Vector(outputs.get(3), memory);
    Vector inverse = new Vector(outputs.get(4), memory);
    int width = Math.toIntExact(norm.width());
    Blocks blocks = Blocks.ofSize(Math.toIntExact(norm.rows()), width, BLOCK);
    ColumnMoments moments = new ColumnMoments(width, blocks);
    Affine affine = new Affine(blocks, norm.relu());
    Parallel.Body sum = (from, to, part) -> moments.add(x, from, to, part);
    Parallel.Body write =
        (from, to, part) -> {
          float[] rows = Tile.own(blocks.length())[0];
          for (int block = from; block < to; block++) {
            affine.apply(rows, blocks.load(x, block, rows));
            blocks.store(rows, block, y);
          }
        };
    return () -> {
      float t = training.get(0);
      running.load();
      runningVariance.load();
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
      affine.set(gain.load(), offset.load(), used.values, inverse.values);
      parallel.loop(blocks.count(), write);
    };
  }

  Kernel batchNormGradient(
      Operation.BatchNormGradient norm, Instruction instruction, Memory memory) {
    List<Value> outputs = instruction.outputs();
    FloatBuffer x = Host.plain(instruction.input(0), memory);
    Vector gain = new Vector(instruction.input(1), memory);
    Vector offset = new Vector(instruction.input(2), memory);
    FloatBuffer training = Host.plain(instruction.input(3), memory);
    Vector mean = new Vector(instruction.input(4), memory);
    Vector used = new Vector(instruction.input(5), memory);
    Vector inverse = new Vector(instruction.input(6), memory);
    FloatBuffer g = Host.plain(instruction.input(7), memory);
    FloatBuffer dx = Host.plain(outputs.get(0), memory);
    Vector dGain = new Vector(outputs.get(1), memory);
    Vector dOffset = new Vector(outputs.get(2), memory);
    int rows = Math.toIntExact(norm.rows());
    int width = Math.toIntExact(norm.width());
    Blocks blocks = Blocks.ofSize(rows, width, BLOCK);
    Affine affine = new Affine(blocks, norm.relu());
    AffineSums sums = new AffineSums(width, blocks);
    Parallel.Body sum =
        (from, to, part) -> {
          float[][] tiles = Tile.many(4, blocks.length());
          AffineSums.Part done = AffineSums.part(tiles[2], tiles[3]);
          for (int block = from; block < to; block++) {
            blocks.load(g, block, tiles[1]);
            int length = blocks.load(x, block, tiles[0]);
            affine.centreAndMask(tiles[0], tiles[1], length);
            done.add(tiles[0], tiles[1], length);
          }
          sums.keep(done, part);
        };
    float[] less = new float[blocks.length()];
    float[] slope = new float[blocks.length()];
    Parallel.Body write =
        (from, to, part) -> {
          float[][] tiles = Tile.own(blocks.length());
          for (int block = from; block < to; block++) {
            blocks.load(g, block, tiles[1]);
            int length = blocks.load(x, block, tiles[0]);
            affine.centreAndMask(tiles[0], tiles[1], length);
            project(tiles[1], tiles[0], affine.factor, less, slope, length);
            blocks.store(tiles[1], block, dx);
          }
        };
    return () -> {
      affine.set(gain.load(), offset.load(), used.load(), inverse.load());
      sums.start();
      parallel.loop(blocks.count(), sum);
      float[] products = sums.products();
      float[] total = sums.sums();
      mean.load();
      float share = training.get(0) / rows;
      for (int j = 0; j < width; j++) {
        float r = inverse.values[j];
        dGain.values[j] = products[j] * r;
        dOffset.values[j] = total[j];
        float factor = share * r * gain.values[j];
        slope[j] = factor * dGain.values[j] * r;
        less[j] = factor * dOffset.values[j] + (used.values[j] - mean.values[j]) * slope[j];
      }
      blocks.repeat(less, less);
      blocks.repeat(slope, slope);
      dGain.store();
      dOffset.store();
      parallel.loop(blocks.count(), write);
    };
  }

  /** {@code g·factor - less - x·slope}. */
  private static void project(
      float[] g, float[] x, float[] factor, float[] less, float[] slope, int length) {
    for (int i = 0; i < length; i++) {
      g[i] = g[i] * factor[i] - less[i] - x[i] * slope[i];
    }
  }

  /** {@code (x - m)·factor + offset} with {@code factor = r·gain}, and ReLU. */
  private static final class Affine {
    private final Blocks blocks;
    private final boolean relu;
    private final float[] mean;
    private final float[] factor;
    private final float[] offset;

    Affine(Blocks blocks, boolean relu) {
      this.blocks = blocks;
      this.relu = relu;
      mean = new float[blocks.length()];
      factor = new float[blocks.length()];
      offset = new float[blocks.length()];
    }

    void set(float[] gain, float[] offsets, float[] means, float[] inverse) {
      for (int j = 0; j < gain.length; j++) {
        factor[j] = inverse[j] * gain[j];
      }
      blocks.repeat(factor, factor);
      blocks.repeat(means, mean);
      blocks.repeat(offsets, offset);
    }

    void apply(float[] x, int length) {
      affine(x, mean, factor, offset, length);
      if (relu) {
        CpuActivations.relu(x, length);
      }
    }

    private static void affine(
        float[] x, float[] mean, float[] factor, float[] offset, int length) {
      for (int i = 0; i < length; i++) {
        x[i] = (x[i] - mean[i]) * factor[i] + offset[i];
      }
    }

    /** {@code x - m}; and {@code g = 0} where ReLU let nothing through, by the same arithmetic. */
    void centreAndMask(float[] x, float[] g, int length) {
      centre(x, mean, length);
      if (relu) {
        mask(x, g, factor, offset, length);
      }
    }

    private static void centre(float[] x, float[] mean, int length) {
      for (int i = 0; i < length; i++) {
        x[i] -= mean[i];
      }
    }

    private static void mask(float[] x, float[] g, float[] factor, float[] offset, int length) {
      for (int i = 0; i < length; i++) {
        g[i] = CpuActivations.step(x[i] * factor[i] + offset[i]) * g[i];
      }
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

    float[] load() {
      memory.get(0, values);
      return values;
    }

    void store() {
      memory.put(0, values);
    }
  }
}
