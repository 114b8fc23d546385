package io.peft4j.graph.plan.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** SameDiff's operations of all kinds give what SameDiff's own session gives. */
class ExternalKernelTest {
  /** Adds one operation, or a few, to a graph. */
  private interface Use {
    SDVariable of(SameDiff graph, SDVariable x, SDVariable y);
  }

  private static final Map<String, Use> USES = new LinkedHashMap<>();

  static {
    USES.put("add", (g, x, y) -> x.add(y));
    USES.put("div", (g, x, y) -> x.div(y));
    USES.put("rsub", (g, x, y) -> x.rsub(y));
    USES.put("add scalar", (g, x, y) -> x.add(0.5));
    USES.put("reverse subtract scalar", (g, x, y) -> x.rsub(2.0));
    USES.put("reverse divide scalar", (g, x, y) -> x.rdiv(2.0));
    USES.put("power", (g, x, y) -> g.math().pow(x, 2.0));
    USES.put("square", (g, x, y) -> g.math().square(x));
    USES.put("cube", (g, x, y) -> g.math().cube(x));
    USES.put("negative", (g, x, y) -> x.neg());
    USES.put("reciprocal", (g, x, y) -> g.math().reciprocal(x));
    USES.put("exp", (g, x, y) -> g.math().exp(x));
    USES.put("expm1", (g, x, y) -> g.math().expm1(x));
    USES.put("log1p of square", (g, x, y) -> g.math().log1p(g.math().square(x)));
    USES.put("sqrt of abs", (g, x, y) -> g.math().sqrt(g.math().abs(x)));
    USES.put("rsqrt of abs", (g, x, y) -> g.math().rsqrt(g.math().abs(x)));
    USES.put("erf", (g, x, y) -> g.math().erf(x));
    USES.put("sin", (g, x, y) -> g.math().sin(x));
    USES.put("cos", (g, x, y) -> g.math().cos(x));
    USES.put("tanh", (g, x, y) -> g.math().tanh(x));
    USES.put("sigmoid", (g, x, y) -> g.nn().sigmoid(x));
    USES.put("relu", (g, x, y) -> g.nn().relu(x, 0));
    USES.put("softmax", (g, x, y) -> g.nn().softmax(x, -1));
    USES.put("clip", (g, x, y) -> g.math().clipByValue(x, -0.5, 0.5));
    USES.put("cast", (g, x, y) -> x.castTo(DataType.DOUBLE));
    USES.put("greater than scalar", (g, x, y) -> x.gt(0.25).castTo(DataType.FLOAT));
    USES.put("less than", (g, x, y) -> x.lt(y).castTo(DataType.FLOAT));
    USES.put("equal", (g, x, y) -> x.eq(x).castTo(DataType.FLOAT));
    USES.put("sum of rows", (g, x, y) -> x.sum(1));
    USES.put("sum of columns, kept", (g, x, y) -> x.sum(true, 0));
    USES.put("sum of all", (g, x, y) -> x.sum());
    USES.put("mean of last", (g, x, y) -> x.mean(-1));
    USES.put("mean of all", (g, x, y) -> x.mean());
    USES.put("max", (g, x, y) -> x.max(1));
    USES.put("min, kept", (g, x, y) -> x.min(true, 0));
    USES.put("norm", (g, x, y) -> x.norm2(1));
    USES.put("axes by array", (g, x, y) -> g.math.sum(x, g.constant(Nd4j.createFromArray(1))));
    USES.put("standard deviation", (g, x, y) -> x.std(true, 1));
    USES.put("matrix product", (g, x, y) -> x.mmul(y.permute(1, 0)));
    USES.put("concatenation", (g, x, y) -> g.concat(1, x, y));
    USES.put("tile", (g, x, y) -> g.tile(x, 2, 3));
    USES.put("unstack", (g, x, y) -> g.unstack(x, 1, 4)[2]);
    USES.put("argmax", (g, x, y) -> x.argmax(1).castTo(DataType.FLOAT));
    USES.put(
        "strided slice", (g, x, y) -> x.get(org.nd4j.autodiff.samediff.SDIndex.interval(0, 2)));
  }

  @TestFactory
  Stream<DynamicTest> operations() {
    return USES.entrySet().stream()
        .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> check(e.getValue())));
  }

  private static void check(Use use) {
    SameDiff graph = SameDiff.create();
    SDVariable x = graph.placeHolder("x", DataType.FLOAT, 3, 4);
    SDVariable y = graph.placeHolder("y", DataType.FLOAT, 3, 4);
    SDVariable result = use.of(graph, x, y).rename("result");
    Buffers memory = new Buffers();
    Program program = new Program();
    Map<String, Value> values = new LinkedHashMap<>();
    values.put("x", program.feed("x", DataType.FLOAT, 3, 4));
    values.put("y", program.feed("y", DataType.FLOAT, 3, 4));
    Map<String, INDArray> feed = new LinkedHashMap<>();
    Random random = new Random(3);
    fill(memory, values, feed, random);
    Map<String, INDArray> shapes = graph.output(feed, variables(graph));
    List<Kernel> kernels = new ArrayList<>();
    ReferenceKernels provider = ReferenceKernels.create();
    for (SameDiffOp op : graph.getOps().values()) {
      List<Value> inputs =
          op.getInputsToOp().stream()
              .map(n -> values.computeIfAbsent(n, k -> program.leaf(k, constant(graph, k))))
              .toList();
      Value[] outputs =
          op.getOutputsOfOp().stream()
              .map(n -> program.temporary(n, shapes.get(n).dataType(), shapes.get(n).shape()))
              .toArray(Value[]::new);
      for (int i = 0; i < outputs.length; i++) {
        values.put(op.getOutputsOfOp().get(i), outputs[i]);
      }
      Instruction instruction = external(op.getOp(), inputs, outputs);
      kernels.add(provider.kernel(instruction, memory).orElseThrow());
    }
    for (int run = 0; run < 2; run++) {
      fill(memory, values, feed, random);
      kernels.forEach(Kernel::run);
      INDArray expected = graph.outputSingle(feed, result.name());
      assertArrayEquals(
          expected.castTo(DataType.DOUBLE).dup('c').data().asDouble(),
          memory.read(values.get("result").root()),
          1e-6);
    }
  }

  private static INDArray constant(SameDiff graph, String name) {
    return graph.getVariable(name).getArr();
  }

  private static List<String> variables(SameDiff graph) {
    return graph.variables().stream()
        .filter(v -> v.getVariableType() == VariableType.ARRAY)
        .map(SDVariable::name)
        .toList();
  }

  private static void fill(
      Buffers memory, Map<String, Value> values, Map<String, INDArray> feed, Random random) {
    for (String name : List.of("x", "y")) {
      double[] content = memory.fill(values.get(name).root(), random);
      feed.put(name, Nd4j.createFromArray(content).castTo(DataType.FLOAT).reshape(3, 4));
    }
  }

  private static Instruction external(
      DifferentialFunction function, List<Value> inputs, Value... outputs) {
    return new Instruction(new Operation.External(function), inputs, List.of(outputs), "test");
  }

  @Test
  void instructionsMayShareAnOperation() {
    SameDiff graph = SameDiff.create();
    SDVariable x = graph.placeHolder("x", DataType.FLOAT, 2, 3);
    graph.math.sum(x, graph.constant(Nd4j.createFromArray(0)));
    DifferentialFunction sum = graph.getOps().values().iterator().next().getOp();
    Program program = new Program();
    Buffers memory = new Buffers();
    Value in = program.feed("x", DataType.FLOAT, 2, 3);
    Value rows = program.temporary("rows", DataType.FLOAT, 2);
    Value columns = program.temporary("columns", DataType.FLOAT, 3);
    ReferenceKernels provider = ReferenceKernels.create();
    Value first = program.leaf("first", Nd4j.createFromArray(0));
    Value second = program.leaf("second", Nd4j.createFromArray(1));
    Kernel overRows = provider.kernel(external(sum, List.of(in, first), columns), memory).get();
    Kernel overColumns = provider.kernel(external(sum, List.of(in, second), rows), memory).get();
    memory.write(in.root(), 1, 2, 3, 4, 5, 6);
    for (int run = 0; run < 2; run++) {
      overRows.run();
      overColumns.run();
    }
    assertArrayEquals(new double[] {5, 7, 9}, memory.read(columns.root()));
    assertArrayEquals(new double[] {6, 15}, memory.read(rows.root()));
  }
}
