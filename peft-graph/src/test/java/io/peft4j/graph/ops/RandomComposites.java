package io.peft4j.graph.ops;

import io.peft4j.graph.ops.RandomGraph.Step;
import java.util.Arrays;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Steps of a {@link RandomGraph} that the plan knows as one instruction, and ones that look like
 * them: operands of other shapes, other numbers, inner values that something else reads.
 */
final class RandomComposites {
  private RandomComposites() {}

  /** A gain or offset: mostly a vector, else what spreads. */
  private static SDVariable vector(RandomGraph g, int choice, long width) {
    long[][] shapes = {{width}, {width}, {width}, {1}, {1, width}, {}, {1, 1}};
    return g.leaf(choice, shapes[choice / 3 % shapes.length]);
  }

  static void layerNorm(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    long[] shape = g.free(x);
    if (shape.length < 2 || shape[shape.length - 1] < 0) {
      return;
    }
    SDVariable gain = vector(g, s.b(), shape[shape.length - 1]);
    SDVariable offset = vector(g, s.c(), shape[shape.length - 1]);
    g.put(g.ops.layerNorm(x, gain, offset, 0.1), "ops.layerNorm(%s, %s, %s, 0.1)", x, gain, offset);
  }

  static void nearlyLayerNorm(RandomGraph g, Step s) {
    SDVariable x = RandomSteps.rows(g, s.a());
    if (x == null) {
      return;
    }
    long width = g.free(x)[1];
    SDVariable mean = g.put(g.ops.mean(x, true, 1), "ops.mean(%s, true, 1)", x);
    SDVariable from = s.c() % 3 == 0 ? g.value(s.b(), shape -> same(shape, g.shape(x))) : x;
    SDVariable centred = g.put(from.sub(mean), "%s.sub(%s)", from, mean);
    SDVariable squares = s.c() % 5 == 0 ? centred.mul(x) : centred.mul(centred);
    SDVariable weights =
        g.constant(
            Nd4j.valueArrayOf(
                new long[] {width, 1}, 1.0 / width + (s.c() % 4 == 0 ? 1e-7 : 0), DataType.DOUBLE));
    SDVariable variance = g.ops.tanh(g.ops.matmul(squares, weights, false, false));
    SDVariable plain =
        s.c() % 2 == 0 ? variance : g.ops.matmul(g.ops.square(centred), weights, false, false);
    SDVariable gain = vector(g, s.b(), width);
    SDVariable offset = vector(g, s.c(), width);
    double one = s.c() % 7 == 0 ? 1.01 : 1;
    SDVariable normed = centred.mul(g.ops.sqrt(plain.add(1.2)).rdiv(one)).mul(gain).add(offset);
    g.put(
        normed,
        "nearlyLayerNorm(x %s, mean %s, centred %s, weights %s, gain %s, offset %s, c "
            + s.c()
            + ")",
        x,
        mean,
        centred,
        weights,
        gain,
        offset);
  }

  private static boolean same(long[] a, long[] b) {
    return Arrays.equals(a, b);
  }

  static void batchNorm(RandomGraph g, Step s) {
    SDVariable x = RandomSteps.rows(g, s.a());
    if (x == null) {
      return;
    }
    long width = g.free(x)[1];
    SDVariable gain = vector(g, s.b(), width);
    SDVariable offset = vector(g, s.c(), width);
    SDVariable running = s.c() % 5 == 0 ? vector(g, s.b() + s.c(), width) : g.leaf(0, width);
    SDVariable variance = g.constant(Nd4j.linspace(0.5, 2, width, DataType.DOUBLE));
    SDVariable training =
        g.leaf(s.c() % 11 == 0 ? 1 : 0, s.c() % 3 == 0 ? new long[] {} : new long[] {1});
    SDVariable amount = g.ops.sigmoid(training.mul(s.b() % 3));
    AuditedOps.BatchNorm norm =
        g.ops.batchNorm(x, gain, offset, running, variance, s.b() % 2 == 0 ? training : amount, 3);
    String text = "ops.batchNorm(%s, %s, %s, %s, %s, %s, 3) " + s.b() % 6;
    if (s.c() % 4 == 0) {
      g.put(norm.batchMean(), text + ".batchMean", x, gain, offset, running, variance, training);
    }
    if (s.c() % 2 == 0) {
      g.kink(norm.output(), 0);
      SDVariable y = g.ops.relu(norm.output());
      g.put(y, "relu " + text, x, gain, offset, running, variance, training);
    } else {
      g.put(norm.output(), text, x, gain, offset, running, variance, training);
    }
  }

  static void gelu(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    if (s.b() % 3 != 0) {
      g.put(g.ops.gelu(x), "ops.gelu(%s)", x);
      return;
    }
    double root = s.c() % 2 == 0 ? Math.sqrt(0.5) : 0.7071;
    SDVariable inner = g.sd.math().erf(x.mul(root)).add(s.c() % 3 == 0 ? 1.01 : 1.0);
    SDVariable y = s.c() % 5 < 3 ? x : g.value(s.c(), shape -> RandomSteps.fit(shape, g.shape(x)));
    if (s.c() % 7 == 0) {
      g.put(inner, "gelu's inner value of %s", x);
    }
    g.put(inner.mul(y).mul(0.5), "erf(%s, " + s.c() + ").mul(%s).mul(0.5)", x, y);
  }

  static void softmax(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    int rank = g.shape(x).length;
    if (rank < 2) {
      return;
    }
    int axis = 1 + s.b() % (rank - 1);
    switch (s.c() % 3) {
      case 0 -> g.put(g.ops.softmax(x), "ops.softmax(%s)", x);
      case 1 -> g.put(g.sd.nn().softmax(x, axis), "sd.nn().softmax(%s, " + axis + ")", x);
      default -> g.put(g.ops.logSoftmax(x, axis), "ops.logSoftmax(%s, " + axis + ")", x);
    }
  }

  static void logLikelihood(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    int rank = g.shape(x).length;
    if (rank < 2) {
      return;
    }
    int axis = s.b() % rank;
    SDVariable logarithms = g.ops.logSoftmax(x, axis);
    SDVariable w =
        s.c() % 3 == 0
            ? g.value(s.b(), shape -> same(shape, g.shape(x)))
            : RandomSteps.partner(g, x, s);
    if (w == null) {
      return;
    }
    SDVariable product = logarithms.mul(w);
    int[] axes = new int[Math.max(rank, g.shape(w).length)];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i;
    }
    boolean keep = s.c() % 7 == 0;
    SDVariable sum =
        switch (s.b() % 4) {
          case 0 -> product.sum(keep);
          case 1 -> product.sum(keep, axis);
          default -> product.sum(keep, axes);
        };
    g.put(
        sum.mul(-0.1),
        "ops.logSoftmax(%s, " + axis + ").mul(%s).sum(" + keep + ", " + s.b() % 4 + ").mul(-0.1)",
        x,
        w);
  }

  static void attention(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a(), shape -> shape.length == 3);
    if (x == null) {
      return;
    }
    long[] shape = g.free(x);
    if (shape[1] < 0 || shape[2] < 0) {
      return;
    }
    long n = shape[1];
    long width = shape[2];
    SDVariable rows = x.reshape(-1, width);
    SDVariable w = g.leaf(s.b(), 3 * width, width);
    SDVariable all = g.ops.linear(rows, w).reshape(-1, (int) n, 3, (int) width).permute(2, 0, 1, 3);
    SDVariable[] parts = g.sd.unstack(all, 0, 3);
    SDVariable scores = g.ops.matmul(parts[0].mul(0.5), parts[1], false, true);
    SDVariable bias =
        s.c() % 2 == 0
            ? g.leaf(s.c(), s.c() % 4 == 0 ? new long[] {n, n} : new long[] {1, n})
            : null;
    SDVariable attention = g.ops.softmax(bias == null ? scores : scores.add(bias));
    SDVariable y = g.ops.matmul(attention, parts[2], false, false);
    g.put(y, "attention(%s, %s, %s)", x, w, bias == null ? "none" : bias);
    if (s.b() % 5 == 0) {
      g.put(parts[2], "attention's values");
    }
  }

  static void resize(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a(), shape -> shape.length == 3);
    if (x == null || g.free(x)[1] < 0 || g.free(x)[2] < 0) {
      return;
    }
    int h = (int) g.free(x)[1];
    int w = (int) g.free(x)[2];
    int toH = 1 + s.b() % 5;
    int toW = 1 + s.c() % 5;
    g.put(
        g.ops.resizeBilinear(x, h, w, toH, toW),
        "ops.resizeBilinear(%s, " + RandomGraph.text(h, w, toH, toW) + ")",
        x);
  }

  /** Rows that padding adds, or that are cut off behind a layer. */
  static void padded(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a(), shape -> shape.length == 3);
    if (x == null || g.free(x)[1] < 0 || g.free(x)[2] < 0) {
      return;
    }
    int n = (int) g.free(x)[1];
    int width = (int) g.free(x)[2];
    int to = n + 1 + s.b() % 2;
    long out = 2 + s.b() % 3;
    SDVariable w = g.leaf(s.b(), out, width);
    SDVariable b = g.leaf(s.c(), out);
    SDVariable down = g.leaf(1, 1, width);
    SDVariable up = g.leaf(1, out, 1);
    SDVariable rows = g.ops.padEnd(x, 1, n, to, 3).reshape(-1, width);
    SDVariable y = s.c() % 2 == 0 ? g.ops.linear(rows, w, b) : g.ops.linear(rows, w);
    if (s.c() % 3 == 0) {
      y = y.add(g.ops.linear(g.ops.linear(rows, down), up));
    }
    if (s.c() % 5 == 0) {
      y = g.ops.gelu(y);
    }
    SDVariable windows = y.reshape(-1, to, (int) out);
    SDVariable cut = s.c() % 4 == 0 ? windows : g.ops.slice(windows, 1, 0, n);
    g.put(cut, "padded(%s, to " + to + ", %s, %s, %s, %s, c " + s.c() + ")", x, w, b, down, up);
  }

  static void detached(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    switch (s.b() % 3) {
      case 0 -> g.put(g.ops.stopGradient(x), "ops.stopGradient(%s)", x);
      case 1 -> g.put(g.ops.silu(x), "ops.silu(%s)", x);
      default -> g.put(g.ops.softplus(x), "ops.softplus(%s)", x);
    }
  }
}
