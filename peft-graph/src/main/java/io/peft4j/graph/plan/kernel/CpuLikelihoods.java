package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** Weighted log-likelihood and its gradient: all classes of some neighbours at a time. */
final class CpuLikelihoods {
  /** Neighbours: so many for some twenty classes fit the first-level cache. */
  private static final int TILE = 256;

  private final Parallel parallel;

  CpuLikelihoods(Parallel parallel) {
    this.parallel = parallel;
  }

  Kernel likelihood(Operation.LogLikelihood likelihood, Instruction instruction, Memory memory) {
    FloatBuffer x = Host.plain(instruction.input(0), memory);
    FloatBuffer w = Host.plain(instruction.input(1), memory);
    FloatBuffer sum = Host.plain(instruction.outputs().get(0), memory);
    FloatBuffer logs = Host.plain(instruction.outputs().get(1), memory);
    Grid grid = new Grid(likelihood.outer(), likelihood.classes(), likelihood.inner());
    double[] sums = new double[Parallel.PARTS];
    Parallel.Body body =
        (from, to, part) -> {
          Tiles tiles = Tiles.own(grid.classes);
          double total = 0;
          for (int tile = from; tile < to; tile++) {
            int length = grid.length(tile);
            grid.load(x, tile, tiles.x);
            tiles.logSums(grid.classes, length);
            logs.put(grid.pixel(tile), tiles.log, 0, length);
            grid.load(w, tile, tiles.w);
            total += tiles.likelihood(grid.classes, length);
          }
          sums[part] = total;
        };
    return () -> {
      Arrays.fill(sums, 0);
      parallel.loop(grid.tiles(), body);
      sum.put(0, (float) Arrays.stream(sums).sum());
    };
  }

  Kernel gradient(
      Operation.LogLikelihoodGradient likelihood, Instruction instruction, Memory memory) {
    FloatBuffer x = Host.plain(instruction.input(0), memory);
    FloatBuffer w = Host.plain(instruction.input(1), memory);
    FloatBuffer logs = Host.plain(instruction.input(2), memory);
    FloatBuffer g = Host.plain(instruction.input(3), memory);
    FloatBuffer dx = Host.plain(instruction.output(), memory);
    Grid grid = new Grid(likelihood.outer(), likelihood.classes(), likelihood.inner());
    Parallel.Body body =
        (from, to, part) -> {
          Tiles tiles = Tiles.own(grid.classes);
          float factor = g.get(0);
          for (int tile = from; tile < to; tile++) {
            int length = grid.length(tile);
            grid.load(x, tile, tiles.x);
            grid.load(w, tile, tiles.w);
            logs.get(grid.pixel(tile), tiles.log, 0, length);
            tiles.gradient(grid.classes, length, factor);
            grid.store(tiles.x, tile, dx);
          }
        };
    return () -> parallel.loop(grid.tiles(), body);
  }

  /** {@code [outer, classes, inner]} in tiles of neighbours along the last axis. */
  private static final class Grid {
    private final int outer;
    private final int classes;
    private final int inner;
    private final int each;

    Grid(long outer, long classes, long inner) {
      this.outer = Math.toIntExact(outer);
      this.classes = Math.toIntExact(classes);
      this.inner = Math.toIntExact(inner);
      this.each = (this.inner + TILE - 1) / TILE;
    }

    int tiles() {
      return outer * each;
    }

    int length(int tile) {
      return Math.min(TILE, inner - tile % each * TILE);
    }

    /** The first of a tile in {@code [outer, inner]}. */
    int pixel(int tile) {
      return tile / each * inner + tile % each * TILE;
    }

    private int start(int tile, int c) {
      return (tile / each * classes + c) * inner + tile % each * TILE;
    }

    void load(FloatBuffer from, int tile, float[][] to) {
      for (int c = 0; c < classes; c++) {
        from.get(start(tile, c), to[c], 0, length(tile));
      }
    }

    void store(float[][] from, int tile, FloatBuffer to) {
      for (int c = 0; c < classes; c++) {
        to.put(start(tile, c), from[c], 0, length(tile));
      }
    }
  }

  /** Arrays of a thread's own. */
  private static final class Tiles {
    private static final ThreadLocal<Tiles> OWN = ThreadLocal.withInitial(() -> new Tiles(0));

    final float[][] x;
    final float[][] w;
    final float[] log = new float[TILE];
    private final float[] maximum = new float[TILE];
    private final float[] sum = new float[TILE];
    private final float[] one = new float[TILE];
    private final Exponential exponential = new Exponential(TILE);

    private Tiles(int classes) {
      x = new float[classes][TILE];
      w = new float[classes][TILE];
    }

    static Tiles own(int classes) {
      Tiles tiles = OWN.get();
      if (tiles.x.length < classes) {
        tiles = new Tiles(classes);
        OWN.set(tiles);
      }
      return tiles;
    }

    /** Logarithms of sums of exponentials, by maxima so that none overflows. */
    void logSums(int classes, int length) {
      System.arraycopy(x[0], 0, maximum, 0, length);
      for (int c = 1; c < classes; c++) {
        raise(maximum, x[c], length);
      }
      Arrays.fill(sum, 0);
      for (int c = 0; c < classes; c++) {
        difference(one, x[c], maximum, length);
        exponential.apply(one, length);
        add(sum, one, length);
      }
      for (int i = 0; i < length; i++) {
        log[i] = maximum[i] + (float) Math.log(sum[i]);
      }
    }

    double likelihood(int classes, int length) {
      Arrays.fill(sum, 0);
      for (int c = 0; c < classes; c++) {
        addLikelihood(sum, w[c], x[c], log, length);
      }
      return RowSums.sum(sum, 0, length);
    }

    /** To where x was. */
    void gradient(int classes, int length, float factor) {
      Arrays.fill(sum, 0);
      for (int c = 0; c < classes; c++) {
        add(sum, w[c], length);
      }
      for (int c = 0; c < classes; c++) {
        difference(one, x[c], log, length);
        exponential.apply(one, length);
        descend(x[c], w[c], one, sum, factor, length);
      }
    }

    private static void raise(float[] maximum, float[] x, int length) {
      for (int i = 0; i < length; i++) {
        maximum[i] = Math.max(maximum[i], x[i]);
      }
    }

    private static void difference(float[] z, float[] x, float[] y, int length) {
      for (int i = 0; i < length; i++) {
        z[i] = x[i] - y[i];
      }
    }

    private static void add(float[] sum, float[] x, int length) {
      for (int i = 0; i < length; i++) {
        sum[i] += x[i];
      }
    }

    private static void addLikelihood(float[] sum, float[] w, float[] x, float[] log, int length) {
      for (int i = 0; i < length; i++) {
        sum[i] += w[i] * (x[i] - log[i]);
      }
    }

    private static void descend(
        float[] dx, float[] w, float[] softmax, float[] sum, float factor, int length) {
      for (int i = 0; i < length; i++) {
        dx[i] = factor * (w[i] - softmax[i] * sum[i]);
      }
    }
  }
}
