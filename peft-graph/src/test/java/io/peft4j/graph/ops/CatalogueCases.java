package io.peft4j.graph.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.PadMode;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Uses of every operation of the catalogue, with shapes at which some of SameDiff's fail. */
final class CatalogueCases {
  private static final long[][] UNARY = {
    {1, 6}, {2, 6}, {2, 1}, {1, 1}, {5}, {}, {1, 3, 4}, {2, 3, 2, 2}
  };

  private static final long[][][] PAIRS = {
    {{2, 6}, {2, 6}},
    {{1, 6}, {1, 6}},
    {{2, 6}, {6}},
    {{1, 6}, {6}},
    {{2, 6}, {1, 6}},
    {{2, 6}, {2, 1}},
    {{2, 1}, {1, 6}},
    {{1, 6}, {2, 6}},
    {{6}, {2, 6}},
    {{2, 3, 4}, {4}},
    {{2, 3, 4}, {3, 1}},
    {{2, 3, 4}, {1, 3, 1}},
    {{2, 1, 4}, {2, 3, 1}},
    {{1, 3, 4}, {1, 1, 1}},
    {{}, {}},
    {{1}, {1}},
    {{1, 1}, {1, 1}},
    {{1, 1}, {2, 6}},
    {{}, {2, 6}},
    {{1}, {1, 6}}
  };

  /** Second operand of one element: wrong for division only. */
  private static final long[][][] SCALAR_PAIRS = {
    {{1, 6}, {1, 1}}, {{2, 1}, {1, 1}}, {{2, 6}, {}}, {{2, 6}, {1}}, {{2, 6}, {1, 1}}
  };

  private final List<OpCase> cases = new ArrayList<>();

  private CatalogueCases() {}

  static List<OpCase> all() {
    CatalogueCases c = new CatalogueCases();
    c.arithmetic();
    c.functions();
    c.masks();
    c.reductions();
    c.movements();
    c.products();
    return c.cases;
  }

  private void arithmetic() {
    pairwise("add", true, SDVariable::add);
    pairwise("subtract", true, SDVariable::sub);
    pairwise("multiply", true, SDVariable::mul);
    pairwise("reversesubtract", true, SDVariable::rsub);
    pairwise("divide", false, SDVariable::div);
    pairwise("reversedivide", false, SDVariable::rdiv);
    unary("add_scalar", x -> x.add(1.5));
    unary("sub_scalar", x -> x.sub(1.5));
    unary("mul_scalar", x -> x.mul(1.5));
    unary("div_scalar", x -> x.div(1.5));
    unary("rsub_scalar", x -> x.rsub(1.5));
    unary("rdiv_scalar", x -> x.rdiv(1.5));
    positive("pow", x -> x.pow(2.5));
    unary("neg", SDVariable::neg);
  }

  private void functions() {
    unary("abs", x -> sd(x).math().abs(x));
    unary("square", x -> sd(x).math().square(x));
    unary("cube", x -> sd(x).math().cube(x));
    unary("Reciprocal", x -> sd(x).math().reciprocal(x));
    positive("sqrt", x -> sd(x).math().sqrt(x));
    positive("rsqrt", x -> sd(x).math().rsqrt(x));
    unary("exp", x -> sd(x).math().exp(x));
    unary("expm1", x -> sd(x).math().expm1(x));
    positive("log", x -> sd(x).math().log(x));
    positive("log1p", x -> sd(x).math().log1p(x));
    unary("sin", x -> sd(x).math().sin(x));
    unary("cos", x -> sd(x).math().cos(x));
    unary("erf", x -> sd(x).math().erf(x));
    unary("sigmoid", x -> sd(x).nn().sigmoid(x));
    unary("tanh", x -> sd(x).nn().tanh(x));
    unary("relu", x -> sd(x).nn().relu(x, 0.0));
    unary("ClipByValue", x -> sd(x).math().clipByValue(x, -0.9, 0.9));
    unary("identity", x -> sd(x).identity(x));
    for (long[] shape : new long[][] {{1, 6}, {2, 6}, {2, 1}, {2, 3, 4}, {1, 2, 3, 3}}) {
      unary("softmax", x -> sd(x).nn().softmax(x, -1), shape);
      unary("softmax", x -> sd(x).nn().softmax(x, 1), shape);
    }
  }

  private void masks() {
    mask("greaterthan_scalar", x -> x.gt(0.2));
    mask("greaterthanorequal_scalar", x -> x.gte(0.2));
    mask("lessthan_scalar", x -> x.lt(0.2));
    mask("lessthanorequal_scalar", x -> x.lte(0.2));
    mask("equals_scalar", x -> x.eq(0.2));
    mask("notequals_scalar", x -> x.neq(0.2));
    mask("greater", x -> x.gt(x.neg()));
    mask("greater_equal", x -> x.gte(x.neg()));
    mask("less", x -> x.lt(x.neg()));
    mask("less_equal", x -> x.lte(x.neg()));
    mask("equals", x -> x.eq(x.neg()));
    mask("not_equals", x -> x.neq(x.neg()));
    mask("cast", x -> x.gt(0.0));
    unary("ones_as", x -> x.mul(sd(x).onesLike(x)));
    unary("zeroslike", x -> x.add(sd(x).zerosLike(x)));
  }

  private void reductions() {
    reduction("reduce_mean", SDVariable::mean);
    reduction("reduce_sum", SDVariable::sum);
    reduction("reduce_max", SDVariable::max);
    reduction("reduce_min", SDVariable::min);
    reduction("reduce_norm2", SDVariable::norm2);
  }

  private interface Reduction {
    SDVariable apply(SDVariable x, boolean keepDims, int... axes);
  }

  private void reduction(String op, Reduction r) {
    for (boolean keep : new boolean[] {true, false}) {
      for (long batch : new long[] {1, 2}) {
        unary(op, x -> r.apply(x, keep, 1), batch, 6);
        unary(op, x -> r.apply(x, keep, 0), 6);
        unary(op, x -> r.apply(x, keep, 0), batch, 3, 4);
        unary(op, x -> r.apply(x, keep, 2), batch, 3, 4);
        unary(op, x -> r.apply(x, keep, 0, 2), batch, 3, 4);
        unary(op, x -> r.apply(x, keep, 1, 2), batch, 3, 2, 2);
        unary(op, x -> r.apply(x, keep), batch, 3, 4);
        unary(op, x -> r.apply(x, false, -1), batch, 3, 4);
      }
    }
  }

  private void movements() {
    for (long b : new long[] {1, 2}) {
      unary("reshape", x -> x.reshape(-1, 4), b, 3, 4);
      unary("reshape", x -> x.reshape(-1, 2, 3, 2), b, 3, 4);
      unary("permute", x -> x.permute(0, 2, 1), b, 3, 4);
      unary("permute", x -> x.permute(0, 2, 1, 3), b, 3, 2, 2);
      unary("transpose", x -> sd(x).transpose(x), b, 3);
      unary("strided_slice", x -> x.get(SDIndex.all(), SDIndex.interval(1, 3)), b, 3, 4);
      unary(
          "strided_slice",
          x -> x.get(SDIndex.all(), SDIndex.all(), SDIndex.interval(0, 2, 4)),
          b,
          3,
          4);
      unary("strided_slice", x -> x.get(SDIndex.interval(2, 3)), 3, b, 4);
      unary("slice", x -> sd(x).slice(x, new int[] {0, 1, 0}, (int) b, 2, 3), b, 3, 4);
      unary("stack", x -> sd(x).stack(1, x, x.mul(2)), b, 3);
      unary("unstack", x -> sd(x).unstack(x, 1, 3)[1], b, 3, 4);
      unary("split", x -> sd(x).split(x, 2, 2)[1], b, 3, 4);
      unary("expand_dims", x -> sd(x).expandDims(x, 1), b, 3);
      unary("expand_dims", x -> sd(x).expandDims(x, -1), b, 3);
      unary("squeeze", x -> sd(x).squeeze(x, 1), b, 1, 3);
      unary("tile", x -> sd(x).tile(x, 1, 3, 2), b, 2, 3);
      add("pad", false, (sd, ops, x) -> pad(x[0]), new long[] {b, 2, 3});
      for (int axis = 0; axis < 3; axis++) {
        int a = axis;
        add(
            "concat",
            false,
            (sd, ops, x) -> sd.concat(a, x[0], x[1]),
            new long[] {b, 2, 3},
            new long[] {b, 2, 3});
      }
    }
  }

  private static SDVariable pad(SDVariable x) {
    SDVariable widths = sd(x).constant(Nd4j.createFromArray(new int[][] {{0, 0}, {1, 2}, {0, 3}}));
    return sd(x).nn().pad(x, widths, PadMode.CONSTANT, 0.0);
  }

  private void products() {
    for (long b : new long[] {1, 2}) {
      matmul(false, false, new long[] {b, 3}, new long[] {3, 4});
      matmul(false, true, new long[] {b, 3}, new long[] {4, 3});
      matmul(true, false, new long[] {b, 3}, new long[] {b, 4});
      matmul(true, true, new long[] {3, b}, new long[] {4, 3});
      matmul(false, false, new long[] {b, 1}, new long[] {1, 4});
      matmul(false, true, new long[] {b, 2, 3}, new long[] {b, 4, 3});
      matmul(true, false, new long[] {b, 3, 2}, new long[] {b, 3, 4});
      matmul(false, false, new long[] {b, 2, 3, 4}, new long[] {b, 2, 4, 2});
      matmul(false, true, new long[] {b, 2, 3, 4}, new long[] {b, 2, 5, 4});
      matmul(true, false, new long[] {b, 2, 3, 4}, new long[] {b, 2, 3, 1});
    }
  }

  private void matmul(boolean transposeA, boolean transposeB, long[] a, long[] b) {
    add("matmul", false, (sd, ops, x) -> sd.mmul(x[0], x[1], transposeA, transposeB, false), a, b);
  }

  private void pairwise(String op, boolean scalars, BinaryOperator<SDVariable> f) {
    for (long[][] pair : PAIRS) {
      add(op, true, (sd, ops, x) -> f.apply(x[0], x[1]), pair);
    }
    for (long[][] pair : scalars ? SCALAR_PAIRS : new long[0][][]) {
      add(op, true, (sd, ops, x) -> f.apply(x[0], x[1]), pair);
    }
  }

  private void mask(String op, UnaryOperator<SDVariable> condition) {
    for (long[] shape : new long[][] {{1, 3}, {2, 3}}) {
      unary(op, x -> x.mul(condition.apply(x).castTo(DataType.DOUBLE)), shape);
    }
  }

  private void unary(String op, UnaryOperator<SDVariable> f) {
    for (long[] shape : UNARY) {
      unary(op, f, shape);
    }
  }

  private void unary(String op, UnaryOperator<SDVariable> f, long... shape) {
    add(op, false, (sd, ops, x) -> f.apply(x[0]), shape);
  }

  private void positive(String op, UnaryOperator<SDVariable> f) {
    for (long[] shape : UNARY) {
      add(op, true, (sd, ops, x) -> f.apply(x[0]), shape);
    }
  }

  private void add(String op, boolean positive, OpCase.Body body, long[]... shapes) {
    cases.add(new OpCase(op, positive, body, shapes));
  }

  private static SameDiff sd(SDVariable x) {
    return x.getSameDiff();
  }
}
