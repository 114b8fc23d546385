package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Layout;
import io.peft4j.graph.plan.ir.Reshaped;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Moves between layouts of which one is without gaps along another axis than the other: block by
 * block of these two axes, read along the one and written along the other. Element by element, the
 * steps of an image's channels would fall on the same lines of the cache.
 */
final class CpuTransposes {
  private static final int BLOCK = 64;

  /** A bulk copy of fewer elements is no faster than those by themselves. */
  private static final int WORTH = 4;

  private final FloatBuffer x;
  private final FloatBuffer y;
  private final int[] starts;
  private final int[] targets;
  private final int rows;
  private final int rowStep;
  private final int[] columns;

  private CpuTransposes(
      FloatBuffer x,
      FloatBuffer y,
      int[] starts,
      int[] targets,
      int rows,
      int rowStep,
      int[] columns) {
    this.x = x;
    this.y = y;
    this.starts = starts;
    this.targets = targets;
    this.rows = rows;
    this.rowStep = rowStep;
    this.columns = columns;
  }

  /**
   * The move as transpositions: rows are neighbours in the source, columns (of one axis or several)
   * in the target. Empty if both run along the same axis, or one is not strided.
   */
  static Optional<CpuTransposes> of(Value from, Value to, Memory memory) {
    return strided(from.layout())
        .flatMap(s -> of(from, to, s.shape(), memory))
        .or(() -> strided(to.layout()).flatMap(s -> of(from, to, s.shape(), memory)));
  }

  /** Both in one shape, if both have strides in it. */
  private static Optional<CpuTransposes> of(Value from, Value to, long[] shape, Memory memory) {
    boolean found =
        from.layout().reshape(shape) instanceof Strided
            && to.layout().reshape(shape) instanceof Strided;
    if (!found) {
      return Optional.empty();
    }
    Strided source = (Strided) from.layout().reshape(shape);
    Strided target = (Strided) to.layout().reshape(shape);
    int row = unitAxis(source);
    List<Integer> columns = neighbours(target, row);
    long width = columns.stream().mapToLong(a -> shape[a]).reduce(1, Math::multiplyExact);
    if (row < 0 || Math.min(shape[row], width) < WORTH) {
      return Optional.empty();
    }
    long[] rest = shape.clone();
    rest[row] = 1;
    columns.forEach(a -> rest[a] = 1);
    long[] group = new long[shape.length];
    Arrays.setAll(group, a -> columns.contains(a) ? shape[a] : 1);
    // In the target's order, from the axis of the longest steps to that of the shortest.
    int[] order = target.axesByStep();
    long[] permuted = Arrays.stream(order).mapToLong(a -> group[a]).toArray();
    return Optional.of(
        new CpuTransposes(
            Host.root(from, memory),
            Host.root(to, memory),
            starts(source, rest),
            starts(target, rest),
            Math.toIntExact(shape[row]),
            Math.toIntExact(target.stride()[row]),
            starts(withoutOffset(source).permute(order), permuted)));
  }

  private static Strided withoutOffset(Strided layout) {
    return layout.shifted(-layout.offset());
  }

  /** Axes that make one run in memory, but for one axis. */
  private static List<Integer> neighbours(Strided layout, int except) {
    List<Integer> axes = new ArrayList<>();
    int[] order = layout.axesByStep();
    long run = 1;
    for (int i = order.length - 1; i >= 0; i--) {
      int axis = order[i];
      if (layout.shape()[axis] == 1) {
        continue;
      }
      if (axis == except || layout.stride()[axis] != run) {
        break;
      }
      axes.add(axis);
      run *= layout.shape()[axis];
    }
    return axes;
  }

  private static Optional<Strided> strided(Layout layout) {
    if (layout instanceof Reshaped r) {
      return Optional.of(r.source());
    }
    return layout instanceof Strided s ? Optional.of(s) : Optional.empty();
  }

  /** The longest axis along which neighbours are neighbours in memory; -1 if there is none. */
  private static int unitAxis(Strided layout) {
    long[] shape = layout.shape();
    long[] stride = layout.stride();
    int found = -1;
    for (int axis = 0; axis < shape.length; axis++) {
      if (stride[axis] == 1 && shape[axis] > 1 && (found < 0 || shape[axis] > shape[found])) {
        found = axis;
      }
    }
    return found;
  }

  /** Where the first element stands for each place on the other axes. */
  private static int[] starts(Strided layout, long[] rest) {
    long[] begin = new long[rest.length];
    long[] one = begin.clone();
    Arrays.fill(one, 1);
    return layout.slice(begin, rest, one).indexed().cut(1).starts();
  }

  private int rowBlocks() {
    return (rows + BLOCK - 1) / BLOCK;
  }

  private int columnBlocks() {
    return (columns.length + BLOCK - 1) / BLOCK;
  }

  Kernel kernel(boolean accumulates, float scale, Parallel parallel) {
    int each = rowBlocks() * columnBlocks();
    Parallel.Body body =
        (from, to, part) -> {
          float[][] tiles = Tile.own(BLOCK * BLOCK);
          for (int block = from; block < to; block++) {
            int at = block / each;
            int row = block % each / columnBlocks() * BLOCK;
            int column = block % columnBlocks() * BLOCK;
            read(at, row, column, tiles[0], tiles[1], scale);
            write(at, row, column, tiles[1], tiles[2], accumulates);
          }
        };
    int blocks = Math.multiplyExact(starts.length, each);
    return () -> parallel.loop(blocks, body);
  }

  private void read(int at, int row, int column, float[] line, float[] tile, float scale) {
    int height = Math.min(BLOCK, rows - row);
    int width = Math.min(BLOCK, columns.length - column);
    int start = starts[at] + row;
    for (int c = 0; c < width; c++) {
      x.get(start + columns[column + c], line, 0, height);
      for (int r = 0; r < height; r++) {
        tile[r * width + c] = line[r] * scale;
      }
    }
  }

  private void write(int at, int row, int column, float[] tile, float[] line, boolean accumulates) {
    int height = Math.min(BLOCK, rows - row);
    int width = Math.min(BLOCK, columns.length - column);
    int target = targets[at] + column + row * rowStep;
    for (int r = 0; r < height; r++) {
      int to = target + r * rowStep;
      if (accumulates) {
        y.get(to, line, 0, width);
        for (int c = 0; c < width; c++) {
          tile[r * width + c] += line[c];
        }
      }
      y.put(to, tile, r * width, width);
    }
  }
}
