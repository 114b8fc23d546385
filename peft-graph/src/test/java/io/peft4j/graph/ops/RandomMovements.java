package io.peft4j.graph.ops;

import io.peft4j.graph.ops.RandomGraph.Step;
import java.util.Arrays;
import java.util.function.Consumer;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.enums.PadMode;
import org.nd4j.linalg.factory.Nd4j;

/** Steps of a {@link RandomGraph} that move elements. */
final class RandomMovements {
  private RandomMovements() {}

  static void reshape(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    long[] shape = g.free(x);
    int n = shape.length;
    Consumer<long[]> put = to -> g.put(x.reshape(to), "%s.reshape(%s)", x, RandomGraph.text(to));
    switch (s.b() % 6) {
      case 0 -> {
        if (n > 1 && shape[n - 1] > 0) {
          put.accept(new long[] {-1, shape[n - 1]});
        }
      }
      case 1 -> put.accept(new long[] {-1});
      case 2 -> {
        if (n > 0 && shape[n - 1] % 2 == 0 && shape[n - 1] > 0) {
          put.accept(new long[] {-1, 2, shape[n - 1] / 2});
        }
      }
      case 3 -> {
        if (n > 0 && n < 4) {
          int axis = s.c() % (n + 1);
          g.put(g.sd.expandDims(x, axis), "sd.expandDims(%s, " + axis + ")", x);
        }
      }
      case 4 -> {
        for (int i = 0; i < n; i++) {
          if (shape[i] == 1 && n > 1) {
            g.put(g.sd.squeeze(x, i), "sd.squeeze(%s, " + i + ")", x);
            return;
          }
        }
      }
      default -> {
        if (n == 2 && shape[1] == 4) {
          put.accept(new long[] {-1, 2, 2});
        } else if (n == 3 && shape[1] > 0 && shape[2] > 0) {
          put.accept(new long[] {-1, shape[2], shape[1]});
        }
      }
    }
  }

  static void permute(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    int n = g.shape(x).length;
    if (n < 2) {
      return;
    }
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      order[i] = s.b() % 2 == 0 ? (i + 1 + s.c()) % n : n - 1 - i;
    }
    if (n > 2 && s.b() % 3 == 0) {
      order[0] = 0;
      for (int i = 1; i < n; i++) {
        order[i] = n - i;
      }
    }
    if (n == 2 && s.c() % 2 == 0) {
      g.put(g.sd.transpose(x), "sd.transpose(%s)", x);
    } else {
      g.put(x.permute(order), "%s.permute(%s)", x, Arrays.toString(order));
    }
  }

  static void slice(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    long[] shape = g.shape(x);
    if (shape.length == 0) {
      return;
    }
    int axis = s.b() % shape.length;
    long size = shape[axis];
    if (g.free(x)[axis] < 0) {
      return;
    }
    long from = s.c() % size;
    long to = from + 1 + s.c() / 7 % (size - from);
    switch (s.c() % 4) {
      case 0 -> {
        int by = 1 + s.c() % 3;
        g.put(
            g.ops.roll(x, axis, by, (int) size),
            "ops.roll(%s, " + axis + ", " + by + ", " + size + ")",
            x);
      }
      case 1 -> {
        var ranges = new SDIndex[shape.length];
        Arrays.fill(ranges, SDIndex.all());
        ranges[axis] = SDIndex.interval((Long) from, (Long) 2L, (Long) to);
        g.put(x.get(ranges), "%s.get(axis " + axis + " from " + from + " by 2 to " + to + ")", x);
      }
      default ->
          g.put(
              g.ops.slice(x, axis, from, to),
              "ops.slice(%s, " + axis + ", " + from + ", " + to + ")",
              x);
    }
  }

  static void join(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    long[] shape = g.shape(x);
    SDVariable y = g.value(s.b(), other -> Arrays.equals(other, shape));
    if (shape.length == 0 || shape.length > 3 || y == null) {
      return;
    }
    int axis = s.c() / 2 % shape.length;
    if (s.c() % 3 == 0) {
      g.put(g.sd.stack(axis, x, y), "sd.stack(" + axis + ", %s, %s)", x, y);
    } else if (s.c() % 3 == 1) {
      g.put(g.ops.concat(axis, x, y), "ops.concat(" + axis + ", %s, %s)", x, y);
    } else {
      g.put(g.ops.concat(axis, x, y, x), "ops.concat(" + axis + ", %s, %s, %1$s)", x, y);
    }
  }

  static void parts(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    long[] shape = g.free(x);
    if (shape.length < 2) {
      return;
    }
    int axis = shape.length - 1 - s.b() % (shape.length - 1);
    int size = (int) shape[axis];
    if (size < 0) {
      return;
    }
    if (s.c() % 3 == 0) {
      int[] times = new int[shape.length];
      Arrays.fill(times, 1);
      times[axis] = 2;
      g.put(g.sd.tile(x, times), "sd.tile(%s, %s)", x, Arrays.toString(times));
      return;
    }
    boolean unstack = s.c() % 3 == 1 || size % 2 != 0;
    SDVariable[] parts = unstack ? g.sd.unstack(x, axis, size) : g.sd.split(x, 2, axis);
    int count = s.c() / 3 % 2 == 0 ? parts.length : 1;
    for (int i = 0; i < count; i++) {
      g.put(
          parts[i],
          (unstack ? "sd.unstack(%s, " + axis + ", " + size : "sd.split(%s, 2, " + axis)
              + ")["
              + i
              + "]",
          x);
    }
  }

  static void pad(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    int n = g.shape(x).length;
    if (n < 2) {
      return;
    }
    int[][] widths = new int[n][2];
    widths[s.b() % n][s.c() % 2] = 1 + s.c() % 2;
    widths[s.c() % n][1] = 1;
    SDVariable constant =
        g.sd.constant(
            "pad" + g.values().size() + "." + g.sd.ops().length, Nd4j.createFromArray(widths));
    g.put(
        g.sd.nn().pad(x, constant, PadMode.CONSTANT, 0.0),
        "sd.nn().pad(%s, %s, CONSTANT, 0)",
        x,
        Arrays.deepToString(widths));
  }
}
