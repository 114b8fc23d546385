package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Places;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What instructions do, by plain loops over doubles. */
final class Oracle {
  private final Map<Root, double[]> buffers;

  Oracle(Map<Root, double[]> buffers) {
    this.buffers = buffers;
  }

  private double[] read(Value value) {
    double[] buffer = buffers.get(value.root());
    return Arrays.stream(Places.of(value.layout()))
        .mapToDouble(i -> value.scale() * buffer[i])
        .toArray();
  }

  private void write(Value value, boolean accumulates, double... elements) {
    double[] buffer = buffers.get(value.root());
    int[] places = Places.of(value.layout());
    for (int i = 0; i < places.length; i++) {
      buffer[places[i]] = elements[i] + (accumulates ? buffer[places[i]] : 0);
    }
  }

  void run(Instruction instruction) {
    double[][] in = instruction.inputs().stream().map(this::read).toArray(double[][]::new);
    Operation operation = instruction.operation();
    Value out = instruction.output();
    int size = Math.toIntExact(out.layout().elements());
    if (operation instanceof Operation.MatMul o) {
      write(out, o.accumulates(), matMul(o, instruction, in[0], in[1]));
    } else if (operation instanceof Operation.Move o) {
      write(out, o.accumulates(), in[0]);
    } else if (operation instanceof Operation.Fill o) {
      write(out, false, map(size, i -> o.value()));
    } else if (operation instanceof Operation.Binary o) {
      write(
          out,
          false,
          map(
              size,
              i -> {
                double y = in[1][(int) (i / o.inner() % o.middle())];
                return switch (o.pair()) {
                  case ADD -> in[0][i] + y;
                  case SUBTRACT -> in[0][i] - y;
                  case MULTIPLY -> in[0][i] * y;
                };
              }));
    } else if (operation instanceof Operation.Sum o) {
      double[] sums = new double[size];
      for (int i = 0; i < in[0].length; i++) {
        sums[(int) (i / o.inner() % o.middle())] += in[0][i];
      }
      write(out, o.accumulates(), sums);
    } else if (operation instanceof Operation.Gelu) {
      write(out, false, map(size, i -> in[0][i] * cumulative(in[0][i])));
    } else if (operation instanceof Operation.GeluGradient) {
      write(
          out,
          false,
          map(size, i -> in[1][i] * (cumulative(in[0][i]) + in[0][i] * density(in[0][i]))));
    } else if (operation instanceof Operation.Relu) {
      write(out, false, map(size, i -> Math.max(in[0][i], 0)));
    } else if (operation instanceof Operation.ReluGradient) {
      write(out, false, map(size, i -> in[0][i] > 0 ? in[1][i] : 0));
    } else {
      rows(instruction, in);
    }
  }

  private void rows(Instruction instruction, double[]... in) {
    Operation operation = instruction.operation();
    Value out = instruction.output();
    int size = Math.toIntExact(out.layout().elements());
    if (operation instanceof Operation.Softmax o) {
      int w = (int) o.width();
      double[] e = map(size, i -> Math.exp(in[0][i]));
      double[] sums = sums(e, w);
      write(out, false, map(size, i -> e[i] / sums[i / w]));
    } else if (operation instanceof Operation.SoftmaxGradient o) {
      int w = (int) o.width();
      double[] sums = sums(map(size, i -> in[0][i] * in[1][i]), w);
      write(out, false, map(size, i -> in[0][i] * (in[1][i] - sums[i / w])));
    } else if (operation instanceof Operation.LayerNorm o) {
      int w = (int) o.width();
      double[] x = in[0];
      double[] mean = scaled(sums(x, w), 1.0 / w);
      double[] squares = sums(map(size, i -> (x[i] - mean[i / w]) * (x[i] - mean[i / w])), w);
      double[] r = map(squares.length, i -> 1 / Math.sqrt(squares[i] / w + o.epsilon()));
      write(
          out,
          false,
          map(size, i -> (x[i] - mean[i / w]) * r[i / w] * in[1][i % w] + in[2][i % w]));
      write(instruction.outputs().get(1), false, mean);
      write(instruction.outputs().get(2), false, r);
    } else if (operation instanceof Operation.LayerNormGradient o) {
      int w = (int) o.width();
      double[] normal = map(size, i -> (in[0][i] - in[2][i / w]) * in[3][i / w]);
      double[] h = map(size, i -> in[4][i] * in[1][i % w]);
      double[] mean = scaled(sums(h, w), 1.0 / w);
      double[] slope = scaled(sums(map(size, i -> h[i] * normal[i]), w), 1.0 / w);
      write(
          out,
          false,
          map(size, i -> in[3][i / w] * (h[i] - mean[i / w] - normal[i] * slope[i / w])));
    } else if (operation instanceof Operation.LayerNormFullGradient o) {
      Operation first = new Operation.LayerNormGradient(o.rows(), o.width());
      Operation second = new Operation.LayerNormParameterGradient(o.rows(), o.width());
      List<Value> of = instruction.inputs();
      List<Value> to = instruction.outputs();
      run(new Instruction(first, of, to.subList(0, 1), ""));
      List<Value> others = List.of(of.get(0), of.get(2), of.get(3), of.get(4));
      run(new Instruction(second, others, to.subList(1, 3), ""));
    } else if (operation instanceof Operation.LayerNormParameterGradient o) {
      int w = (int) o.width();
      double[] gain = new double[w];
      double[] offset = new double[w];
      for (int i = 0; i < in[0].length; i++) {
        gain[i % w] += in[3][i] * (in[0][i] - in[1][i / w]) * in[2][i / w];
        offset[i % w] += in[3][i];
      }
      write(out, false, gain);
      write(instruction.outputs().get(1), false, offset);
    } else {
      columns(instruction, in);
    }
  }

  private void columns(Instruction instruction, double[]... in) {
    Operation operation = instruction.operation();
    List<Value> outputs = instruction.outputs();
    double[] x = in[0];
    if (operation instanceof Operation.BatchNorm o) {
      int w = (int) o.width();
      double t = in[5][0];
      double[] mean = scaled(columnSums(x, w), 1.0 / o.rows());
      double[] squares = map(x.length, i -> Math.pow(x[i] - mean[i % w], 2));
      double[] variance = scaled(columnSums(squares, w), 1.0 / o.rows());
      double[] used = map(w, j -> in[3][j] + t * (mean[j] - in[3][j]));
      double[] r =
          map(w, j -> 1 / Math.sqrt(in[4][j] + t * (variance[j] - in[4][j]) + o.epsilon()));
      double[] y =
          map(x.length, i -> (x[i] - used[i % w]) * r[i % w] * in[1][i % w] + in[2][i % w]);
      write(outputs.get(0), false, map(x.length, i -> o.relu() ? Math.max(y[i], 0) : y[i]));
      write(outputs.get(1), false, mean);
      write(outputs.get(2), false, variance);
      write(outputs.get(3), false, used);
      write(outputs.get(4), false, r);
    } else if (operation instanceof Operation.BatchNormGradient o) {
      int w = (int) o.width();
      double share = in[3][0] / o.rows();
      double[] r = in[6];
      double[] normal = map(x.length, i -> (x[i] - in[5][i % w]) * r[i % w]);
      double[] g =
          map(
              x.length,
              i -> o.relu() && normal[i] * in[1][i % w] + in[2][i % w] <= 0 ? 0 : in[7][i]);
      double[] gain = columnSums(map(x.length, i -> g[i] * normal[i]), w);
      double[] offset = columnSums(g, w);
      write(
          outputs.get(0),
          false,
          map(
              x.length,
              i -> {
                int j = i % w;
                double centred = (x[i] - in[4][j]) * r[j];
                return r[j] * in[1][j] * (g[i] - share * (offset[j] + centred * gain[j]));
              }));
      write(outputs.get(1), false, gain);
      write(outputs.get(2), false, offset);
    } else {
      likelihoods(instruction, in);
    }
  }

  private void likelihoods(Instruction instruction, double[]... in) {
    Operation operation = instruction.operation();
    double[] x = in[0];
    if (operation instanceof Operation.LogLikelihood o) {
      double[] exponentials =
          overClasses(map(x.length, i -> Math.exp(x[i])), o.classes(), o.inner());
      double[] logs = map(exponentials.length, i -> Math.log(exponentials[i]));
      double sum = 0;
      for (int i = 0; i < x.length; i++) {
        sum += in[1][i] * (x[i] - logs[pixel(i, o.classes(), o.inner())]);
      }
      write(instruction.output(), false, new double[] {sum});
      write(instruction.outputs().get(1), false, logs);
    } else if (operation instanceof Operation.LogLikelihoodGradient o) {
      double[] sums = overClasses(in[1], o.classes(), o.inner());
      write(
          instruction.output(),
          false,
          map(
              x.length,
              i -> {
                int pixel = pixel(i, o.classes(), o.inner());
                return in[3][0] * (in[1][i] - Math.exp(x[i] - in[2][pixel]) * sums[pixel]);
              }));
    } else {
      throw new IllegalArgumentException("unknown: " + operation);
    }
  }

  private static double[] overClasses(double[] x, long classes, long inner) {
    double[] sums = new double[(int) (x.length / classes)];
    for (int i = 0; i < x.length; i++) {
      sums[pixel(i, classes, inner)] += x[i];
    }
    return sums;
  }

  private static int pixel(int i, long classes, long inner) {
    return (int) (i / (classes * inner) * inner + i % inner);
  }

  private static double[] columnSums(double[] x, int width) {
    double[] sums = new double[width];
    for (int i = 0; i < x.length; i++) {
      sums[i % width] += x[i];
    }
    return sums;
  }

  private static double[] matMul(
      Operation.MatMul o, Instruction instruction, double[] a, double[] b) {
    long[] shapeA = instruction.input(0).shape();
    long[] shapeC = instruction.output().shape();
    int rank = shapeC.length;
    int m = (int) shapeC[rank - 2];
    int n = (int) shapeC[rank - 1];
    int k = (int) (o.transposeA() ? shapeA[rank - 2] : shapeA[rank - 1]);
    double[] c = new double[(int) instruction.output().layout().elements()];
    for (int at = 0; at < c.length; at++) {
      int batch = at / (m * n);
      int i = at / n % m;
      int j = at % n;
      for (int p = 0; p < k; p++) {
        double left = a[batch * m * k + (o.transposeA() ? p * m + i : i * k + p)];
        double right = b[batch * k * n + (o.transposeB() ? j * k + p : p * n + j)];
        c[at] += o.alpha() * left * right;
      }
    }
    return c;
  }

  private interface At {
    double value(int i);
  }

  private static double[] map(int size, At at) {
    double[] result = new double[size];
    for (int i = 0; i < size; i++) {
      result[i] = at.value(i);
    }
    return result;
  }

  private static double[] sums(double[] x, int width) {
    double[] sums = new double[x.length / width];
    for (int i = 0; i < x.length; i++) {
      sums[i / width] += x[i];
    }
    return sums;
  }

  private static double[] scaled(double[] x, double factor) {
    return map(x.length, i -> x[i] * factor);
  }

  static double density(double x) {
    return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  /** {@code Φ(x)} by its series, Abramowitz and Stegun 26.2.10 and, far out, 0 or 1. */
  static double cumulative(double x) {
    if (Math.abs(x) > 8) {
      return x > 0 ? 1 : 0;
    }
    double term = x;
    double sum = x;
    for (int n = 1; n < 300; n++) {
      term *= x * x / (2 * n + 1);
      sum += term;
    }
    return 0.5 + sum * density(x);
  }
}
