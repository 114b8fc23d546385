package io.peft4j.graph.ops;

import io.peft4j.graph.ops.RandomGraph.Step;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** What the steps of a {@link RandomGraph} do. Values stay moderate and away from poles. */
final class RandomSteps {
  /** Adds values to a graph, if some fit. */
  @FunctionalInterface
  private interface Kind {
    void take(RandomGraph g, Step s);
  }

  private static final List<Kind> KINDS =
      List.of(
          RandomSteps::input,
          RandomSteps::sum,
          RandomSteps::sum,
          RandomSteps::product,
          RandomSteps::quotient,
          RandomSteps::scalar,
          RandomSteps::scalar,
          RandomSteps::smooth,
          RandomSteps::smooth,
          RandomSteps::kinked,
          RandomSteps::mask,
          RandomSteps::reduction,
          RandomSteps::extreme,
          RandomMovements::reshape,
          RandomMovements::permute,
          RandomMovements::slice,
          RandomMovements::join,
          RandomMovements::parts,
          RandomMovements::pad,
          RandomSteps::linear,
          RandomSteps::linear,
          RandomSteps::lowRank,
          RandomSteps::matmul,
          RandomComposites::layerNorm,
          RandomComposites::nearlyLayerNorm,
          RandomComposites::batchNorm,
          RandomComposites::gelu,
          RandomComposites::softmax,
          RandomComposites::logLikelihood,
          RandomComposites::attention,
          RandomComposites::resize,
          RandomComposites::padded,
          RandomComposites::detached);

  /** How many kinds there are. */
  static final int COUNT = KINDS.size();

  /** Kinds from here on are those of {@link RandomComposites}. */
  static final int FIRST_COMPOSITION = COUNT - 10;

  private RandomSteps() {}

  static void take(RandomGraph g, Step s) {
    try {
      KINDS.get(Math.floorMod(s.kind(), COUNT)).take(g, s);
    } catch (IllegalArgumentException e) {
      // Rows as wide as the batch cannot be summed, and Ops says so.
      if (!e.getMessage().contains("is not known")) {
        throw e;
      }
    }
  }

  private static void input(RandomGraph g, Step s) {
    g.input(s.c());
  }

  /** The second operand: a value or a new parameter that spreads over the first or beyond. */
  static @Nullable SDVariable partner(RandomGraph g, SDVariable x, Step s) {
    return s.c() % 2 == 0
        ? g.value(s.b(), shape -> fit(g.shape(x), shape))
        : parameter(g, x, s.b());
  }

  static @Nullable SDVariable parameter(RandomGraph g, SDVariable x, int choice) {
    for (int i = 0; i < 12; i++) {
      long[] shape = RandomGraph.parameterShape(choice + 3 * i);
      if (fit(g.shape(x), shape)) {
        return g.leaf(choice, shape);
      }
    }
    return null;
  }

  /** True if both broadcast. */
  static boolean fit(long[] a, long[] b) {
    for (int i = 1; i <= Math.min(a.length, b.length); i++) {
      long x = a[a.length - i];
      long y = b[b.length - i];
      if (x != y && x != 1 && y != 1) {
        return false;
      }
    }
    return Math.max(a.length, b.length) <= 4;
  }

  private static void sum(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    SDVariable y = partner(g, x, s);
    if (y == null) {
      return;
    }
    switch (s.c() / 2 % 4) {
      case 0 -> g.put(x.add(y), "%s.add(%s)", x, y);
      case 1 -> g.put(x.sub(y), "%s.sub(%s)", x, y);
      case 2 -> g.put(y.sub(x), "%s.sub(%s)", y, x);
      default -> g.put(x.rsub(y), "%s.rsub(%s)", x, y);
    }
  }

  private static void product(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    SDVariable y = partner(g, x, s);
    if (y != null) {
      g.put(x.mul(y), "%s.mul(%s)", x, y);
    }
  }

  private static void quotient(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    SDVariable y = partner(g, x, s);
    if (y == null) {
      return;
    }
    SDVariable d = y.mul(y).add(0.7);
    if (s.c() / 2 % 2 == 0) {
      g.put(x.div(d), "%s.div(%s.mul(%s).add(0.7))", x, y, y);
    } else {
      g.put(d.rdiv(x), "%s.mul(%s).add(0.7).rdiv(%s)", y, y, x);
    }
  }

  private static void scalar(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    double n = 0.4 + s.b() % 5 * 0.3;
    switch (s.c() % 8) {
      case 0 -> g.put(x.add(n), "%s.add(%s)", x, n);
      case 1 -> g.put(x.sub(n), "%s.sub(%s)", x, n);
      case 2 -> g.put(x.mul(-n), "%s.mul(%s)", x, -n);
      case 3 -> g.put(x.mul(n), "%s.mul(%s)", x, n);
      case 4 -> g.put(x.div(n), "%s.div(%s)", x, n);
      case 5 -> g.put(x.rsub(n), "%s.rsub(%s)", x, n);
      case 6 -> g.put(x.neg(), "%s.neg()", x);
      default -> g.put(x.mul(x).add(0.6).rdiv(n), "%s.mul(%s).add(0.6).rdiv(%s)", x, x, n);
    }
  }

  private record Function(String code, UnaryOperator<SDVariable> body) {}

  private static final List<Function> SMOOTH =
      List.of(
          new Function(
              "sd.math().square(sd.nn().tanh(%s))", x -> x.getSameDiff().math().square(tanh(x))),
          new Function(
              "sd.math().cube(sd.nn().tanh(%s))", x -> x.getSameDiff().math().cube(tanh(x))),
          new Function("sd.math().exp(sd.nn().tanh(%s))", x -> x.getSameDiff().math().exp(tanh(x))),
          new Function(
              "sd.math().expm1(sd.nn().tanh(%s))", x -> x.getSameDiff().math().expm1(tanh(x))),
          new Function("sd.math().sin(%s)", x -> x.getSameDiff().math().sin(x)),
          new Function("sd.math().cos(%s)", x -> x.getSameDiff().math().cos(x)),
          new Function("sd.math().erf(%s)", x -> x.getSameDiff().math().erf(x)),
          new Function("sd.nn().sigmoid(%s)", x -> x.getSameDiff().nn().sigmoid(x)),
          new Function("sd.nn().tanh(%s)", RandomSteps::tanh),
          new Function("sd.identity(%s)", x -> x.getSameDiff().identity(x)),
          new Function(
              "sd.math().reciprocal(%s.mul(%1$s).add(0.6))",
              x -> x.getSameDiff().math().reciprocal(positive(x))),
          new Function(
              "sd.math().sqrt(%s.mul(%1$s).add(0.6))",
              x -> x.getSameDiff().math().sqrt(positive(x))),
          new Function(
              "sd.math().rsqrt(%s.mul(%1$s).add(0.6))",
              x -> x.getSameDiff().math().rsqrt(positive(x))),
          new Function(
              "sd.math().log(%s.mul(%1$s).add(0.6))", x -> x.getSameDiff().math().log(positive(x))),
          new Function(
              "sd.math().log1p(%s.mul(%1$s).add(0.6))",
              x -> x.getSameDiff().math().log1p(positive(x))),
          new Function("%s.mul(%1$s).add(0.6).pow(0.8)", x -> positive(x).pow(0.8)));

  private static SDVariable tanh(SDVariable x) {
    return x.getSameDiff().nn().tanh(x);
  }

  private static SDVariable positive(SDVariable x) {
    return x.mul(x).add(0.6);
  }

  private static void smooth(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    Function f = SMOOTH.get(s.b() % SMOOTH.size());
    g.put(f.body.apply(x), f.code, x);
  }

  private static void kinked(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    switch (s.b() % 3) {
      case 0 -> {
        g.kink(x, 0);
        g.put(g.ops.relu(x), "ops.relu(%s)", x);
      }
      case 1 -> {
        g.kink(x, 0);
        g.put(g.ops.abs(x), "ops.abs(%s)", x);
      }
      default -> {
        g.kink(x, -0.9);
        g.kink(x, 0.8);
        g.put(g.sd.math().clipByValue(x, -0.9, 0.8), "sd.math().clipByValue(%s, -0.9, 0.8)", x);
      }
    }
  }

  private static void mask(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    double at = 0.1;
    if (s.c() % 3 == 0) {
      SDVariable same = s.b() % 2 == 0 ? g.sd.onesLike(x) : g.sd.zerosLike(x);
      g.put(
          x.add(same),
          s.b() % 2 == 0 ? "%s.add(sd.onesLike(%1$s))" : "%s.add(sd.zerosLike(%1$s))",
          x);
      return;
    }
    if (s.c() % 3 == 1) {
      g.kink(x, at);
      SDVariable m =
          switch (s.b() % 6) {
            case 0 -> x.gt(at);
            case 1 -> x.gte(at);
            case 2 -> x.lt(at);
            case 3 -> x.lte(at);
            case 4 -> x.eq(at);
            default -> x.neq(at);
          };
      g.put(x.mul(m.castTo(g.type)), "%s.mul(%1$s.compared(0.1, " + s.b() % 6 + "))", x);
      return;
    }
    SDVariable y = g.value(s.b(), shape -> fit(g.shape(x), shape));
    if (y == null) {
      return;
    }
    g.kink(x.sub(y), 0);
    SDVariable m =
        switch (s.c() % 6) {
          case 0 -> x.gt(y);
          case 1 -> x.gte(y);
          case 2 -> x.lt(y);
          case 3 -> x.lte(y);
          case 4 -> x.eq(y);
          default -> x.neq(y);
        };
    g.put(
        m.castTo(g.type).mul(y), "%s.compared(%s, " + s.c() % 6 + ").castTo(type).mul(%2$s)", x, y);
  }

  private static void reduction(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    int rank = g.shape(x).length;
    boolean keep = s.c() % 2 == 0;
    int[] axes = axes(rank, s.b());
    String code = "(%s, " + keep + ", " + Arrays.toString(axes) + ")";
    switch (s.c() / 2 % 4) {
      case 0 -> g.put(g.ops.sum(x, keep, axes), "ops.sum" + code, x);
      case 1 -> g.put(g.ops.mean(x, keep, axes), "ops.mean" + code, x);
      case 2 -> g.put(x.sum(keep, axes).mul(0.3), "reduce_sum" + code, x);
      default -> {
        SDVariable away = x.mul(x).add(0.6);
        g.put(away.norm2(keep, axes), "norm2 of squares" + code, x);
      }
    }
  }

  /** Some axes, or all. */
  private static int[] axes(int rank, int choice) {
    int bits = rank == 0 ? 0 : choice % (1 << rank);
    int[] axes = new int[Integer.bitCount(bits)];
    int n = 0;
    for (int i = 0; i < rank; i++) {
      if ((bits & 1 << i) != 0) {
        axes[n++] = i;
      }
    }
    return axes;
  }

  /** Of values without ties. */
  private static void extreme(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    long[] shape = g.shape(x);
    if (shape.length < 2) {
      return;
    }
    long last = shape[shape.length - 1];
    // Its steps are wider than tanh.
    SDVariable ramp = g.constant(Nd4j.linspace(DataType.DOUBLE, 0, 2.2 * (last - 1), last));
    SDVariable apart = g.ops.tanh(x).add(ramp);
    int axis = shape.length - 1;
    boolean keep = s.c() % 2 == 0;
    SDVariable y = s.b() % 2 == 0 ? apart.max(keep, axis) : apart.min(keep, axis);
    g.put(
        y,
        "tanh(%s).add(%s)." + (s.b() % 2 == 0 ? "max" : "min") + "(" + keep + ", " + axis + ")",
        x,
        ramp);
  }

  /** A matrix out of a value. */
  static @Nullable SDVariable rows(RandomGraph g, int choice) {
    SDVariable x = g.value(choice);
    long[] shape = g.free(x);
    int n = shape.length;
    if (n == 0 || shape[n - 1] < 0) {
      return null;
    }
    return n == 2 ? x : g.put(x.reshape(-1, shape[n - 1]), "%s.reshape(-1, %s)", x, shape[n - 1]);
  }

  private static void linear(RandomGraph g, Step s) {
    SDVariable x = rows(g, s.a());
    if (x == null) {
      return;
    }
    long in = g.free(x)[1];
    long out = 1 + s.b() % 4;
    SDVariable w = g.leaf(s.b() / 4, out, in);
    SDVariable y = g.put(g.ops.linear(x, w), "ops.linear(%s, %s)", x, w);
    if (s.c() % 3 != 0) {
      SDVariable b = g.leaf(s.c() / 3, s.c() % 3 == 1 ? new long[] {out} : new long[] {1, out});
      g.put(y.add(b), "%s.add(%s)", y, b);
    }
  }

  private static void lowRank(RandomGraph g, Step s) {
    SDVariable x = rows(g, s.a());
    if (x == null) {
      return;
    }
    long in = g.free(x)[1];
    long out = 2 + s.b() % 3;
    long rank = 1 + s.c() % 2;
    SDVariable w = g.leaf(0, out, in);
    SDVariable b = g.leaf(s.c() / 4, out);
    SDVariable down = g.leaf(1, rank, in);
    SDVariable up = g.leaf(2, out, rank);
    SDVariable plain = s.c() / 2 % 2 == 0 ? g.ops.linear(x, w, b) : g.ops.linear(x, w);
    SDVariable branch = g.ops.linear(g.ops.linear(x, down), up).mul(0.7);
    SDVariable scale = s.b() % 4 == 0 ? parameter(g, plain, s.c()) : null;
    SDVariable changed = scale == null ? branch : branch.mul(scale);
    SDVariable y = s.b() / 4 % 2 == 0 ? plain.add(changed) : changed.add(plain);
    g.put(
        y,
        "lowRank(%s, w %s, bias %s, down %s, up %s, scale %s)",
        x,
        w,
        b,
        down,
        up,
        scale == null ? "none" : scale);
  }

  private static void matmul(RandomGraph g, Step s) {
    SDVariable x = g.value(s.a());
    long[] shape = g.shape(x);
    int n = shape.length;
    if (n < 2) {
      return;
    }
    boolean tA = s.c() % 2 == 0;
    boolean tB = s.c() / 2 % 2 == 0;
    long inner = shape[tA ? n - 2 : n - 1];
    SDVariable y =
        g.value(
            s.b(),
            other ->
                other.length == n
                    && Arrays.equals(Arrays.copyOf(other, n - 2), Arrays.copyOf(shape, n - 2))
                    && other[tB ? n - 1 : n - 2] == inner);
    if (y != null) {
      g.put(
          g.ops.matmul(x, y, tA, tB).mul(0.5),
          "ops.matmul(%s, %s, " + tA + ", " + tB + ").mul(0.5)",
          x,
          y);
    }
  }
}
