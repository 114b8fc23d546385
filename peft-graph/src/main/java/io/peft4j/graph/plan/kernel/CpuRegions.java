package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Elementwise instructions, a piece of all their arrays at a time, which stays in the cache. */
final class CpuRegions {
  /** Elements of a piece: half a dozen of them fit the first-level cache. */
  private static final int PIECE = 1024;

  private final Parallel parallel;

  CpuRegions(Parallel parallel) {
    this.parallel = parallel;
  }

  /** What is done with a piece. */
  private interface Step {
    void run(float[][] slots, int at, int length, int part);
  }

  Kernel region(Operation.Region region, Instruction instruction, Memory memory) {
    int width = Math.toIntExact(region.width());
    int piece = width == 0 ? PIECE : width * Math.max(1, PIECE / width);
    Writer writer = new Writer(instruction, memory);
    region.parts().forEach(writer::add);
    writer.store();
    Step[] steps = writer.steps.toArray(Step[]::new);
    int slots = writer.slots.size() + 1;
    int elements = Math.toIntExact(region.elements());
    Parallel.Body body =
        (from, to, part) -> {
          float[][] tiles = Tile.many(slots, piece);
          for (int i = from; i < to; i++) {
            int at = i * piece;
            int length = Math.min(piece, elements - at);
            for (Step step : steps) {
              step.run(tiles, at, length, part);
            }
          }
        };
    int pieces = (elements + piece - 1) / piece;
    List<ColumnSums> sums = List.copyOf(writer.sums);
    List<RankUpdate> updates = List.copyOf(writer.updates);
    return () -> {
      sums.forEach(ColumnSums::start);
      updates.forEach(RankUpdate::start);
      parallel.loop(pieces, body);
      sums.forEach(ColumnSums::finish);
    };
  }

  /** Writes the steps of a region. The first slot holds operands that are spread. */
  private static final class Writer {
    final List<Step> steps = new ArrayList<>();
    final Map<Place, Integer> slots = new LinkedHashMap<>();
    final List<ColumnSums> sums = new ArrayList<>();
    final List<RankUpdate> updates = new ArrayList<>();
    private final Memory memory;
    private final Set<Root> visible;
    private final Set<Value> written = new LinkedHashSet<>();

    /** An array of the region's size. */
    private record Place(Root root, long from) {}

    Writer(Instruction region, Memory memory) {
      this.memory = memory;
      this.visible =
          Stream.concat(region.inputs().stream(), region.outputs().stream())
              .map(Value::root)
              .collect(Collectors.toSet());
    }

    void add(Instruction part) {
      Operation o = part.operation();
      if (o instanceof Operation.Sum sum) {
        int x = loaded(part.input(0));
        ColumnSums columns = new ColumnSums(sum, Host.plain(part.output(), memory));
        sums.add(columns);
        steps.add((s, at, length, p) -> columns.add(s[x], length, p));
        return;
      }
      if (o instanceof Operation.MatMul product) {
        update(product, part);
        return;
      }
      int x = loaded(part.input(0));
      if (o instanceof Operation.Binary b) {
        binary(b, x, part);
      } else if (o instanceof Operation.Move move) {
        move(move, x, part);
      } else if (o instanceof Operation.Gelu) {
        into(x, part.output(), (s, z, n) -> CpuActivations.gelu(s[z], n));
      } else if (o instanceof Operation.Relu) {
        into(x, part.output(), (s, z, n) -> CpuActivations.relu(s[z], n));
      } else if (o instanceof Operation.GeluGradient) {
        int g = loaded(part.input(1));
        into(x, part.output(), (s, z, n) -> CpuActivations.geluGradient(s[z], s[g], n));
      } else if (o instanceof Operation.ReluGradient) {
        int g = loaded(part.input(1));
        into(x, part.output(), (s, z, n) -> keepWherePositive(s[z], s[g], n));
      } else {
        throw new IllegalArgumentException("no part of a region: " + part);
      }
    }

    private interface InPlace {
      void run(float[][] slots, int z, int length);
    }

    /** A copy of x to its output's slot, changed there; where both are one, without the copy. */
    private void into(int x, Value output, InPlace change) {
      int z = slot(output);
      written.add(output);
      if (x != z) {
        steps.add((s, at, n, p) -> System.arraycopy(s[x], 0, s[z], 0, n));
      }
      steps.add((s, at, n, p) -> change.run(s, z, n));
    }

    private void binary(Operation.Binary b, int x, Instruction part) {
      if (b.outer() == 1 && b.inner() == 1) {
        int y = loaded(part.input(1));
        int z = slot(part.output());
        if (y == z && x != z) {
          // The output takes the second operand's place: keep that aside first.
          steps.add((s, at, n, p) -> System.arraycopy(s[y], 0, s[0], 0, n));
          into(x, part.output(), (s, to, n) -> CpuArithmetic.combine(b.pair(), s[to], s[0], n));
        } else {
          into(x, part.output(), (s, to, n) -> CpuArithmetic.combine(b.pair(), s[to], s[y], n));
        }
        return;
      }
      CpuArithmetic.Spread spread = CpuArithmetic.spread(b, Host.plain(part.input(1), memory));
      steps.add((s, at, n, p) -> spread.fill(s[0], at, n));
      into(x, part.output(), (s, z, n) -> CpuArithmetic.combine(b.pair(), s[z], s[0], n));
    }

    private void update(Operation.MatMul product, Instruction part) {
      int rank = Math.toIntExact(part.input(0).shape()[1]);
      int width = Math.toIntExact(part.output().shape()[1]);
      RankUpdate update =
          new RankUpdate(
              Host.plain(part.input(0), memory),
              Host.plain(part.input(1), memory),
              product.alpha(),
              rank,
              width);
      updates.add(update);
      int y = loaded(part.output());
      int factors = slot(part.input(0));
      written.add(part.output());
      steps.add((s, at, n, p) -> update.add(s[y], at / width, n, s[factors], s[0]));
    }

    private void move(Operation.Move move, int x, Instruction part) {
      float scale = (float) part.input(0).scale();
      if (move.accumulates()) {
        int y = loaded(part.output());
        written.add(part.output());
        steps.add((s, at, n, p) -> addScaled(s[y], s[x], scale, n));
      } else {
        into(x, part.output(), (s, z, n) -> scale(s[z], scale, n));
      }
    }

    /** The slot of an array, which is read into it if no part before has done so or made it. */
    private int loaded(Value value) {
      Integer known = slots.get(place(value));
      if (known != null) {
        return known;
      }
      int slot = slot(value);
      FloatBuffer from = Host.plain(value.unscaled(), memory);
      steps.add((s, at, n, p) -> from.get(at, s[slot], 0, n));
      return slot;
    }

    private int slot(Value value) {
      return slots.computeIfAbsent(place(value), k -> slots.size() + 1);
    }

    private static Place place(Value value) {
      return new Place(value.root(), ((Strided) value.layout()).offset());
    }

    /** What others read is written, once. */
    void store() {
      Set<Integer> done = new LinkedHashSet<>();
      for (Value value : written) {
        int slot = slot(value);
        if (visible.contains(value.root()) && done.add(slot)) {
          FloatBuffer to = Host.plain(value, memory);
          steps.add((s, at, n, p) -> to.put(at, s[slot], 0, n));
        }
      }
    }
  }

  private static void keepWherePositive(float[] y, float[] g, int length) {
    for (int i = 0; i < length; i++) {
      y[i] = CpuActivations.step(y[i]) * g[i];
    }
  }

  private static void addScaled(float[] y, float[] x, float scale, int length) {
    for (int i = 0; i < length; i++) {
      y[i] += x[i] * scale;
    }
  }

  private static void scale(float[] x, float scale, int length) {
    if (scale != 1) {
      for (int i = 0; i < length; i++) {
        x[i] *= scale;
      }
    }
  }

  /** Sums of columns: of each part by itself, so that any number of threads gives the same bits. */
  private static final class ColumnSums {
    private final float[][] sums;
    private final FloatBuffer total;
    private final boolean accumulates;

    ColumnSums(Operation.Sum sum, FloatBuffer total) {
      this.sums = new float[Parallel.PARTS][Math.toIntExact(sum.middle())];
      this.total = total;
      this.accumulates = sum.accumulates();
    }

    void start() {
      for (float[] part : sums) {
        Arrays.fill(part, 0);
      }
    }

    void add(float[] rows, int length, int part) {
      float[] to = sums[part];
      for (int at = 0; at < length; at += to.length) {
        addRow(to, rows, at);
      }
    }

    private static void addRow(float[] sums, float[] rows, int at) {
      for (int j = 0; j < sums.length; j++) {
        sums[j] += rows[at + j];
      }
    }

    void finish() {
      for (int part = 1; part < sums.length; part++) {
        addRow(sums[0], sums[part], 0);
      }
      if (accumulates) {
        total.get(0, sums[1]);
        addRow(sums[0], sums[1], 0);
      }
      total.put(0, sums[0]);
    }
  }
}
