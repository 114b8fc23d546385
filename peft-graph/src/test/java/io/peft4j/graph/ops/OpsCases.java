package io.peft4j.graph.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Uses of every method of {@link io.peft4j.api.method.Ops}, named {@code method/arguments}. */
final class OpsCases {
  private final List<OpCase> cases = new ArrayList<>();

  private OpsCases() {}

  static List<OpCase> all() {
    OpsCases c = new OpsCases();
    for (long batch : new long[] {1, 2, 3}) {
      c.layers(batch);
      c.functions(batch);
      c.reductions(batch);
      c.movements(batch);
    }
    return c.cases;
  }

  private void layers(long b) {
    add("linear/2", (o, x) -> o.linear(x[0], x[1]), new long[] {b, 4}, new long[] {3, 4});
    add(
        "linear/3",
        (o, x) -> o.linear(x[0], x[1], x[2]),
        new long[] {b, 4},
        new long[] {3, 4},
        new long[] {3});
    add(
        "linear/3",
        (o, x) -> o.linear(x[0], x[1], x[2]),
        new long[] {b, 4},
        new long[] {1, 4},
        new long[] {1});
    add(
        "matmul/4",
        (o, x) -> o.matmul(x[0], x[1], false, true),
        new long[] {b, 2, 3, 4},
        new long[] {b, 2, 5, 4});
    add(
        "lookup/4",
        (o, x) -> o.lookup("const.index", x[0], 4, new int[] {3, 0, 0, 1, 3}),
        new long[] {4, b});
    for (long[] shape : new long[][] {{b, 6}, {b, 3, 6}, {b, 2, 3, 6}, {b, 1, 2}}) {
      long[] width = {shape[shape.length - 1]};
      add("layerNorm/4", (o, x) -> o.layerNorm(x[0], x[1], x[2], 1e-2), shape, width, width);
    }
    for (double training : new double[] {0, 1}) {
      add(
          "batchNorm/7",
          (o, x) -> batchNorm(o, x, training),
          new long[] {b, 5},
          new long[] {5},
          new long[] {5});
    }
  }

  /** Output and statistics in one value, as all three may be differentiated. */
  private static SDVariable batchNorm(AuditedOps o, SDVariable[] x, double training) {
    SDVariable mean = o.constant("running.mean", Nd4j.linspace(-1, 1, 5, DataType.DOUBLE));
    SDVariable variance = o.constant("running.variance", Nd4j.linspace(0.5, 2, 5, DataType.DOUBLE));
    SDVariable mode = o.constant("mode", Nd4j.scalar(DataType.DOUBLE, training));
    AuditedOps.BatchNorm norm = o.batchNorm(x[0], x[1], x[2], mean, variance, mode, 1e-2);
    return o.concat(0, norm.output(), norm.batchMean(), norm.batchVariance());
  }

  private void functions(long b) {
    add("gelu/1", (o, x) -> o.gelu(x[0]), new long[] {b, 5});
    add("relu/1", (o, x) -> o.relu(x[0]), new long[] {b, 5});
    add("sigmoid/1", (o, x) -> o.sigmoid(x[0]), new long[] {b, 5});
    add("tanh/1", (o, x) -> o.tanh(x[0]), new long[] {b, 5});
    add("silu/1", (o, x) -> o.silu(x[0]), new long[] {b, 5});
    add("exp/1", (o, x) -> o.exp(x[0]), new long[] {b, 5});
    add("log/1", (o, x) -> o.log(o.square(x[0])), new long[] {b, 5});
    add("softplus/1", (o, x) -> o.softplus(x[0]), new long[] {b, 5});
    add("softplus/1", (o, x) -> o.softplus(x[0].sub(x[0])), new long[] {b, 5});
    add("softplus/1", (o, x) -> o.softplus(x[0].mul(30)), new long[] {b, 5});
    add("square/1", (o, x) -> o.square(x[0]), new long[] {b, 5});
    add("sqrt/1", (o, x) -> o.sqrt(o.square(x[0])), new long[] {b, 5});
    add("abs/1", (o, x) -> o.abs(x[0]), new long[] {b, 5});
    for (long[] shape : new long[][] {{b, 1}, {b, 6}, {b, 2, 3}, {b, 2, 3, 4}}) {
      add("softmax/1", (o, x) -> o.softmax(x[0]), shape);
      add("logSoftmax/1", (o, x) -> o.logSoftmax(x[0]), shape);
      add("logSoftmax/1", (o, x) -> o.logSoftmax(x[0].mul(20)), shape);
    }
    for (int axis : new int[] {1, -2}) {
      add("logSoftmax/2", (o, x) -> o.logSoftmax(x[0], axis), new long[] {b, 4, 3});
    }
    add(
        "constant/2",
        (o, x) -> x[0].mul(o.constant("two", Nd4j.scalar(DataType.DOUBLE, 2))),
        new long[] {b, 5});
  }

  private void reductions(long b) {
    for (boolean keep : new boolean[] {true, false}) {
      for (int[] axes : new int[][] {{}, {0}, {1}, {-1}, {-2}, {0, 1}}) {
        for (long[] shape : new long[][] {{b, 5}, {b, 1}, {b, 3, 2}}) {
          add("sum/3", (o, x) -> o.sum(x[0], keep, axes), shape);
          add("mean/3", (o, x) -> o.mean(x[0], keep, axes), shape);
        }
      }
    }
  }

  private void movements(long b) {
    add("slice/4", (o, x) -> o.slice(x[0], 1, 0, 3), new long[] {b, 4});
    add("slice/4", (o, x) -> o.slice(x[0], 1, 1, 2), new long[] {b, 4});
    add("roll/4", (o, x) -> o.roll(x[0], 1, 1, 4), new long[] {b, 4});
    for (int axis = 1; axis < 4; axis++) {
      int a = axis;
      add("slice/4", (o, x) -> o.slice(x[0], a, 1, 3), new long[] {b, 3, 4, 5});
      long[] single = {1, 1, 1, 1};
      single[a] = b + 1;
      add("slice/4", (o, x) -> o.slice(x[0], a, 0, b), single);
      add("padEnd/5", (o, x) -> o.padEnd(x[0], a, 3, 5, 4), new long[] {b, 3, 3, 3});
      add("roll/4", (o, x) -> o.roll(x[0], a, -1, 3), new long[] {b, 3, 3, 3});
      add("roll/4", (o, x) -> o.roll(x[0], a, 2, 3), new long[] {b, 3, 3, 3});
      add(
          "concat/2",
          (o, x) -> o.concat(a, x[0], x[1]),
          new long[] {b, 3, 2, 2},
          new long[] {b, 3, 2, 2});
    }
    add("resizeBilinear/5", (o, x) -> o.resizeBilinear(x[0], 3, 4, 6, 5), new long[] {b, 3, 4});
    add("resizeBilinear/5", (o, x) -> o.resizeBilinear(x[0], 3, 4, 2, 4), new long[] {b, 3, 4});
  }

  private void add(
      String op, BiFunction<AuditedOps, SDVariable[], SDVariable> f, long[]... shapes) {
    cases.add(new OpCase(op, false, (sd, ops, x) -> f.apply(ops, x), shapes));
  }
}
