package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;

/** Instructions of every kind, each in several shapes, that all providers are tried with. */
final class Cases {
  private final Trial trial;
  private final List<Instruction> instructions = new ArrayList<>();

  private Cases(Trial trial) {
    this.trial = trial;
  }

  static Stream<Instruction> of(Trial trial) {
    Cases cases = new Cases(trial);
    cases.products();
    cases.largeProducts();
    cases.moves();
    cases.spreads();
    cases.activations();
    cases.rows();
    cases.columns();
    cases.likelihoods();
    return cases.instructions.stream();
  }

  private void add(Operation operation, List<Value> inputs, Value... outputs) {
    instructions.add(trial.instruction(operation, inputs, outputs));
  }

  private void products() {
    long[][] sizes = {{1, 1, 1}, {3, 4, 5}, {1, 7, 3}, {5, 1, 2}, {4, 6, 1}, {17, 33, 9}};
    for (boolean a : new boolean[] {false, true}) {
      for (boolean b : new boolean[] {false, true}) {
        for (boolean accumulates : new boolean[] {false, true}) {
          Operation.MatMul product = new Operation.MatMul(a, b, 0.5, accumulates);
          for (long[] s : sizes) {
            for (Form form : Form.values()) {
              for (long[] batch : new long[][] {{}, {3}, {1}, {2, 3}, {1, 2}, {2, 1}}) {
                add(
                    product,
                    List.of(
                        form.matrix(trial, batch, a ? s[2] : s[0], a ? s[0] : s[2]),
                        form.matrix(trial, batch, b ? s[1] : s[2], b ? s[2] : s[1])),
                    form.matrix(trial, batch, s[0], s[1]));
              }
            }
          }
        }
      }
    }
  }

  /** Large enough for kernels that take other ways with such. */
  private void largeProducts() {
    for (boolean accumulates : new boolean[] {false, true}) {
      for (Form form : Form.values()) {
        long[] batch = {2, 1};
        add(
            new Operation.MatMul(false, true, 0.5, accumulates),
            List.of(form.matrix(trial, batch, 200, 150), form.matrix(trial, batch, 180, 150)),
            form.matrix(trial, batch, 200, 180));
      }
    }
  }

  /** How matrices lie in memory. */
  private enum Form {
    PLAIN {
      @Override
      Value matrix(Trial trial, long[] batch, long rows, long columns) {
        return trial.array(shape(batch, rows, columns));
      }
    },
    /** Columns of a wider matrix. */
    COLUMNS {
      @Override
      Value matrix(Trial trial, long[] batch, long rows, long columns) {
        long[] shape = shape(batch, rows, columns);
        Value wide = trial.array(shape(batch, rows, 3 * columns + 1));
        long[] begin = new long[shape.length];
        begin[shape.length - 1] = columns;
        return wide.slice(begin, shape, ones(shape.length));
      }
    },
    /** Transposed. */
    TURNED {
      @Override
      Value matrix(Trial trial, long[] batch, long rows, long columns) {
        int rank = batch.length + 2;
        int[] axes = new int[rank];
        for (int i = 0; i < rank; i++) {
          axes[i] = i;
        }
        axes[rank - 1] = rank - 2;
        axes[rank - 2] = rank - 1;
        return trial.array(shape(batch, columns, rows)).permute(axes);
      }
    },
    /** One head's columns of one of q, k, v: rows before batch axes. */
    HEADS {
      @Override
      Value matrix(Trial trial, long[] batch, long rows, long columns) {
        if (batch.length != 2) {
          return PLAIN.matrix(trial, batch, rows, columns);
        }
        Value all = trial.array(batch[0], rows, 3, batch[1], columns);
        return all.slice(
                new long[] {0, 0, 1, 0, 0},
                new long[] {batch[0], rows, 1, batch[1], columns},
                ones(5))
            .reshape(batch[0], rows, batch[1], columns)
            .permute(0, 2, 1, 3);
      }
    };

    abstract Value matrix(Trial trial, long[] batch, long rows, long columns);

    static long[] shape(long[] batch, long rows, long columns) {
      long[] shape = java.util.Arrays.copyOf(batch, batch.length + 2);
      shape[batch.length] = rows;
      shape[batch.length + 1] = columns;
      return shape;
    }

    static long[] ones(int length) {
      long[] ones = new long[length];
      java.util.Arrays.fill(ones, 1);
      return ones;
    }
  }

  private void moves() {
    for (boolean accumulates : new boolean[] {false, true}) {
      Operation move = new Operation.Move(accumulates);
      for (double scale : new double[] {1, -0.25}) {
        add(move, List.of(trial.array(3, 5).times(scale)), trial.array(15));
        add(move, List.of(trial.array(1).times(scale)), trial.array(1, 1));
        add(move, List.of(trial.array(3, 5).permute(1, 0).times(scale)), trial.array(5, 3));
        add(
            move,
            List.of(trial.array(2, 3, 4, 5).permute(0, 2, 1, 3).times(scale)),
            trial.array(2, 4, 3, 5));
        add(move, List.of(windows(2, 3, 4).times(scale)), trial.array(8, 8, 3));
        add(move, List.of(windows(2, 3, 1).times(scale)), trial.array(8, 6));
        add(move, List.of(trial.array(8, 8, 3).times(scale)), windows(2, 3, 4));
        add(move, List.of(trial.array(48).times(scale)), windows(2, 3, 1));
        add(move, List.of(windows(2, 3, 1).times(scale)), windows(2, 3, 1));
        add(
            move,
            List.of(trial.array(4, 1, 3).times(scale)),
            trial.array(3, 4).permute(1, 0).reshape(4, 3, 1));
        add(
            move,
            List.of(trial.array(5, 90, 70).permute(0, 2, 1).times(scale)),
            trial.array(31500));
        add(move, List.of(pixels(21, 9, 11).times(scale)), trial.array(99, 21));
        add(move, List.of(trial.array(99, 21).times(scale)), pixels(21, 9, 11));
        add(move, List.of(pixels(70, 9, 11).times(scale)), trial.array(99, 70));
        Value rolled = trial.array(7, 2);
        add(
            move,
            List.of(
                Value.concat(
                        List.of(
                            rolled.slice(new long[] {3, 0}, new long[] {4, 2}, new long[] {1, 1}),
                            rolled.slice(new long[] {0, 0}, new long[] {3, 2}, new long[] {1, 1})),
                        0)
                    .times(scale)),
            trial.array(7, 2));
      }
    }
    // Targets that are there more than once add up.
    Operation sum = new Operation.Move(true);
    Value few = trial.array(3, 2);
    add(sum, List.of(trial.array(6, 2)), Value.concat(List.of(few, few), 0));
    add(
        sum,
        List.of(trial.array(4, 3)),
        trial
            .array(3)
            .with(io.peft4j.graph.plan.ir.Strided.of(0, new long[] {4, 3}, new long[] {0, 1})));
    add(
        sum,
        List.of(trial.array(4, 3)),
        trial
            .array(6)
            .with(io.peft4j.graph.plan.ir.Strided.of(0, new long[] {4, 3}, new long[] {1, 1})));
  }

  /** A [pixels, channels] array that lies channel by channel, and there column by column. */
  private Value pixels(long channels, long height, long width) {
    return trial
        .array(channels, width, height)
        .permute(0, 2, 1)
        .reshape(channels, height * width)
        .permute(1, 0);
  }

  /** Windows of a [2, height, width, c] image, as attention takes them. */
  private Value windows(long height, long width, long c) {
    long h = 2 * height;
    long w = 2 * width;
    Value image = trial.array(2, h, w, 2 * c);
    return image
        .slice(new long[4], new long[] {2, h, w, c}, new long[] {1, 1, 1, 2})
        .reshape(2, 2, height, 2, width, c)
        .permute(0, 1, 3, 2, 4, 5)
        .reshape(8, height * width * c);
  }

  private void spreads() {
    long[][] sizes = {
      {1, 1, 1},
      {1, 5, 1},
      {4, 1, 1},
      {1, 1, 4},
      {3, 1, 4},
      {3, 5, 1},
      {1, 5, 4},
      {2, 3, 4},
      {70, 33, 1},
      {1, 33, 70},
      {5, 33, 17}
    };
    for (long[] s : sizes) {
      long size = s[0] * s[1] * s[2];
      for (Operation.Pair pair : Operation.Pair.values()) {
        Operation binary = new Operation.Binary(pair, s[0], s[1], s[2]);
        add(binary, List.of(trial.array(size), trial.array(s[1])), trial.array(s));
        Value x = trial.array(s[0] * s[1], s[2]);
        add(binary, List.of(x, trial.array(s[1], 1)), x);
      }
      for (boolean accumulates : new boolean[] {false, true}) {
        Operation sum = new Operation.Sum(s[0], s[1], s[2], accumulates);
        add(sum, List.of(trial.array(s)), trial.array(s[1]));
        Value many = trial.array(3, size);
        add(
            sum,
            List.of(many.slice(new long[] {1, 0}, new long[] {1, size}, new long[] {1, 1})),
            trial.array(s[1]));
      }
    }
  }

  private void activations() {
    for (long size : new long[] {1, 2, 63, 1000, 5003}) {
      add(new Operation.Fill(1.5), List.of(), trial.array(size));
      add(new Operation.Gelu(), List.of(trial.array(size)), trial.array(1, size));
      add(
          new Operation.GeluGradient(),
          List.of(trial.array(size), trial.array(size)),
          trial.array(size, 1));
      add(new Operation.Relu(), List.of(trial.array(size)), trial.array(size));
      add(
          new Operation.ReluGradient(),
          List.of(trial.array(size), trial.array(size)),
          trial.array(size));
    }
  }

  private void rows() {
    for (long[] s : new long[][] {{1, 1}, {1, 6}, {5, 1}, {3, 4}, {98, 49}, {7, 130}}) {
      Value x = trial.array(s);
      Value y = trial.array(s);
      Value g = trial.array(s);
      Value gain = trial.array(s[1]);
      Value mean = trial.array(s[0]);
      Value deviation = trial.array(s[0]);
      add(new Operation.Softmax(s[0], s[1]), List.of(x), y);
      add(new Operation.SoftmaxGradient(s[0], s[1]), List.of(x, g), y);
      add(
          new Operation.LayerNorm(s[0], s[1], 1e-3),
          List.of(x, gain, trial.array(s[1])),
          y,
          mean,
          deviation);
      add(new Operation.LayerNormGradient(s[0], s[1]), List.of(x, gain, mean, deviation, g), y);
      add(
          new Operation.LayerNormFullGradient(s[0], s[1]),
          List.of(x, gain, mean, deviation, g),
          y,
          trial.array(s[1]),
          trial.array(s[1]));
      add(
          new Operation.LayerNormParameterGradient(s[0], s[1]),
          List.of(x, mean, deviation, g),
          gain,
          trial.array(s[1]));
    }
  }

  /** With an ε that keeps a root real whatever the running variances are. */
  private void columns() {
    for (long[] s : new long[][] {{2, 1}, {2, 6}, {5, 3}, {98, 49}, {300, 130}, {3, 9000}}) {
      Value x = trial.array(s);
      Value gain = trial.array(s[1]);
      Value offset = trial.array(s[1]);
      Value training = trial.array(1);
      Value mean = trial.array(s[1]);
      Value used = trial.array(1, s[1]);
      Value inverse = trial.array(s[1]);
      for (boolean relu : new boolean[] {false, true}) {
        add(
            new Operation.BatchNorm(s[0], s[1], 50, relu),
            List.of(x, gain, offset, trial.array(s[1]), trial.array(s[1]), training),
            trial.array(s),
            mean,
            trial.array(1, s[1]),
            used,
            inverse);
        add(
            new Operation.BatchNormGradient(s[0], s[1], relu),
            List.of(x, gain, offset, training, mean, used, inverse, trial.array(s)),
            trial.array(s),
            trial.array(s[1]),
            trial.array(s[1]));
      }
    }
  }

  private void likelihoods() {
    for (long[] s : new long[][] {{1, 2, 1}, {2, 3, 5}, {1, 21, 256}, {2, 3, 260}}) {
      Value x = trial.array(s);
      Value w = trial.array(s);
      Value logs = trial.array(s[0], s[2]);
      add(new Operation.LogLikelihood(s[0], s[1], s[2]), List.of(x, w), trial.array(), logs);
      add(
          new Operation.LogLikelihoodGradient(s[0], s[1], s[2]),
          List.of(x, w, logs, trial.array()),
          trial.array(s));
    }
  }

  static DataType[] types() {
    return new DataType[] {DataType.FLOAT, DataType.DOUBLE};
  }
}
