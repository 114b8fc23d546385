package io.peft4j.graph.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.SessionExecutor;
import io.peft4j.graph.ops.AuditedOps;
import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation.MatMul;
import io.peft4j.graph.toy.ToyBackbone;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A map of 5 x 5 tokens is padded to windows of 4 x 4, goes through a layer, something that mixes
 * the tokens of a window, and another layer, and the padding is cut off: products are of the tokens
 * that there were, forward and back, and values and gradients are those of SameDiff's session.
 */
class RowsTest {
  private static final int IMAGES = 2;
  private static final int EDGE = 5;
  private static final int WINDOW = 4;
  private static final int PADDED = 8;
  private static final int TOKENS = IMAGES * EDGE * EDGE;
  private static final int WINDOWED = IMAGES * PADDED * PADDED;

  private final SameDiff sd = SameDiff.create();
  private final AuditedOps ops = new AuditedOps(sd);
  private final List<String> trainables = new ArrayList<>();
  private int width = 32;
  private DataType type = DataType.DOUBLE;

  private INDArray value(String name, long... shape) {
    return ToyBackbone.value(name, shape).castTo(type);
  }

  private SDVariable frozen(String name, long... shape) {
    return sd.constant(name, value(name, shape));
  }

  private SDVariable trained(String name, long... shape) {
    trainables.add(name);
    return sd.var(name, value(name, shape));
  }

  /** Tokens {@code [B·25, C]} that depend on something trained. */
  private SDVariable tokens() {
    SDVariable image = sd.placeHolder("image", type, TOKENS, width);
    return image.mul(trained("scale", width));
  }

  /** Rows by window {@code [B·4·16, C]}. */
  private SDVariable cut(SDVariable tokens) {
    SDVariable grid = tokens.reshape(-1, EDGE, EDGE, width);
    grid = ops.padEnd(grid, 1, EDGE, PADDED, 4);
    grid = ops.padEnd(grid, 2, EDGE, PADDED, 4);
    grid = ops.roll(grid, 1, -2, PADDED);
    int across = PADDED / WINDOW;
    grid = grid.reshape(-1, WINDOW, across, WINDOW, width).permute(0, 2, 1, 3, 4);
    return grid.reshape(-1, width);
  }

  private SDVariable join(SDVariable rows) {
    int across = PADDED / WINDOW;
    SDVariable grid = rows.reshape(-1, across, WINDOW, WINDOW, width).permute(0, 2, 1, 3, 4);
    grid = ops.roll(grid.reshape(-1, PADDED, PADDED, width), 1, 2, PADDED);
    grid = ops.slice(ops.slice(grid, 1, 0, EDGE), 2, 0, EDGE);
    return grid.reshape(-1, width);
  }

  /** Every token of a window with every other, so that the padding has a say. */
  private SDVariable mixed(SDVariable rows) {
    SDVariable x = rows.reshape(-1, WINDOW * WINDOW, width);
    SDVariable weights = ops.softmax(ops.matmul(x, x, false, true).mul(0.1));
    return ops.matmul(weights, x, false, false).reshape(-1, width);
  }

  /** A frozen layer with a bias that trains and a low-rank branch. */
  private SDVariable layer(String name, SDVariable x) {
    SDVariable base =
        ops.linear(x, frozen(name + ".weight", width, width)).add(trained(name + ".bias", width));
    SDVariable low = ops.linear(x, trained(name + ".a", 2, width));
    return base.add(ops.linear(low, trained(name + ".b", width, 2)).mul(0.5));
  }

  private void loss(SDVariable y) {
    y.mul(ops.tanh(y)).sum().rename("loss");
  }

  private void block() {
    SDVariable x = tokens();
    SDVariable inner = mixed(layer("qkv", cut(x)));
    loss(x.add(join(layer("proj", inner))));
  }

  private Compiled plan(Activations activations, String... outputs) {
    Compiled.Objective objective = new Compiled.Objective("loss", trainables, activations);
    long[] shape = {TOKENS, width};
    return Compiled.of(sd, List.of(outputs), Optional.of(objective), n -> shape);
  }

  /** Rows of the products by a frozen weight. */
  private List<Long> rows(String weight) {
    return plan(Activations.kept()).program().instructions().stream()
        .filter(i -> i.operation() instanceof MatMul)
        .filter(i -> i.input(1).root().name().equals(weight))
        .map(i -> i.output().shape()[0])
        .toList();
  }

  private void assertAgrees(String... wanted) {
    Map<String, INDArray> inputs = Map.of("image", value("image", TOKENS, width));
    Collection<String> outputs = new ArrayList<>(List.of("loss"));
    outputs.addAll(Arrays.asList(wanted));
    for (Activations choice : List.of(Activations.kept(), Activations.cheapRecomputed())) {
      try (GraphExecutor plan = PlanExecutor.forTraining(sd, "loss", trainables, choice);
          GraphExecutor oracle = SessionExecutor.forTraining(sd, "loss", trainables)) {
        plan.gradients(inputs, outputs);
        GraphExecutor.Step found = plan.gradients(inputs, outputs);
        GraphExecutor.Step expected = oracle.gradients(inputs, outputs);
        expected.outputs().forEach((n, x) -> assertClose(n, x, found.outputs().get(n)));
        expected.gradients().forEach((n, g) -> assertClose(n, g, found.gradients().get(n)));
      }
    }
  }

  private void assertClose(String name, INDArray expected, INDArray found) {
    double most = Math.max(1, expected.amaxNumber().doubleValue());
    assertArrayEquals(
        expected.dup('c').data().asDouble(),
        found.dup('c').data().asDouble(),
        (type == DataType.DOUBLE ? 1e-10 : 1e-5) * most,
        name);
  }

  @Test
  void paddingIsMultipliedNeitherForwardNorBack() {
    block();
    assertEquals(List.of((long) TOKENS, (long) TOKENS), rows("qkv.weight"));
    assertEquals(List.of((long) TOKENS, (long) TOKENS), rows("proj.weight"));
    assertAgrees();
  }

  /** By the kernels of the CPU, which take single precision only. */
  @Test
  void inSinglePrecisionToo() {
    type = DataType.FLOAT;
    block();
    assertEquals(List.of((long) TOKENS, (long) TOKENS), rows("qkv.weight"));
    assertAgrees();
  }

  /** What stands in place of the bias in the padding's rows, and reaches it on the way back. */
  @Test
  void theBiasOfPaddedRowsCounts() {
    SDVariable rows = cut(tokens());
    SDVariable y = ops.linear(rows, frozen("w", width, width)).add(trained("bias", width));
    loss(y);
    assertEquals(List.of((long) TOKENS, (long) TOKENS), rows("w"));
    assertAgrees();
  }

  /** Scales by column and a second bias, which comes when the rows are there already. */
  @Test
  void multiplesAndFurtherBiases() {
    SDVariable rows = cut(tokens());
    SDVariable scaled = ops.linear(rows, frozen("w", width, width)).mul(trained("s", width));
    SDVariable sum = scaled.add(ops.linear(rows, frozen("v", width, width)));
    loss(sum.add(trained("bias", width)).add(trained("bias2", width)).mul(1.5));
    assertEquals(List.of((long) TOKENS, (long) TOKENS), rows("w"));
    assertAgrees();
  }

  /** Noise differs from row to row: its branch needs the rows, the frozen product does not. */
  @Test
  void aBranchMayNeedTheRows() {
    SDVariable rows = cut(tokens());
    SDVariable noise = frozen("noise", WINDOWED, width);
    SDVariable low = ops.linear(rows.mul(noise), trained("a", 2, width));
    SDVariable base = ops.linear(rows, frozen("w", width, width));
    loss(base.add(ops.linear(low, trained("b", width, 2))));
    assertEquals(List.of((long) TOKENS, (long) TOKENS), rows("w"));
    assertAgrees();
  }

  /** Two tokens of half the width for each: what is a row before is none after. */
  private SDVariable halves(String name, SDVariable x) {
    int half = width / 2;
    SDVariable rows = x.reshape(-1, half);
    SDVariable base = ops.linear(rows, frozen(name + ".half", half, half));
    SDVariable low = ops.linear(rows, trained(name + ".p", 2, half));
    return base.add(ops.linear(low, trained(name + ".q", half, 2))).reshape(-1, width);
  }

  /** Matrices that are taken for others of as many elements, before, between and after. */
  @ParameterizedTest
  @ValueSource(strings = {"cut", "between", "join"})
  void rowsMayBeTakenApart(String where) {
    width = 64;
    SDVariable x = tokens();
    SDVariable rows = cut(x);
    rows = where.equals("cut") ? halves("h", rows) : rows;
    rows = layer("qkv", rows);
    rows = where.equals("between") ? halves("h", rows) : rows;
    rows = layer("proj", mixed(rows));
    rows = where.equals("join") ? halves("h", rows) : rows;
    loss(x.add(join(rows)));
    assertAgrees();
  }

  /** One element of a padded map. */
  @Test
  void aScalarOfAPaddedMap() {
    SDVariable rows = cut(tokens());
    SDVariable one = ops.slice(ops.slice(rows, 0, 20, 21), 1, 3, 4).reshape();
    SDVariable y = ops.linear(rows, frozen("w", width, width));
    y.mul(y).sum().add(ops.tanh(one)).rename("loss");
    assertAgrees();
  }

  /** Where products are small, to pad what comes out costs more than it saves. */
  @Test
  void smallProductsStayAsTheyAre() {
    width = 4;
    SDVariable rows = cut(tokens());
    loss(ops.linear(rows, frozen("w", width, width)).add(trained("bias", width)));
    assertEquals(List.of((long) WINDOWED, (long) WINDOWED), rows("w"));
    assertAgrees();
  }

  /** Values that are wanted outside have all their rows. */
  @ParameterizedTest
  @ValueSource(strings = {"rows", "before", "after", "back"})
  void wantedValuesAreWhole(String name) {
    SDVariable x = tokens();
    SDVariable rows = cut(x).rename("rows");
    SDVariable before = layer("qkv", rows).rename("before");
    SDVariable after = layer("proj", mixed(before)).rename("after");
    loss(x.add(join(after).rename("back")));
    assertAgrees(name);
  }

  /** One reader wants the map without padding, another sees all windows. */
  @Test
  void rowsThatSomebodyReadsAreComputed() {
    SDVariable x = tokens();
    SDVariable y = layer("proj", mixed(cut(x)));
    SDVariable all = ops.tanh(y).sum();
    SDVariable few = x.add(join(y));
    few.mul(few).sum().add(all).rename("loss");
    assertEquals(List.of((long) WINDOWED, (long) WINDOWED), rows("proj.weight"));
    assertAgrees();
  }

  /** Two readers that take different rows. */
  @Test
  void readersMayDisagree() {
    SDVariable x = tokens();
    SDVariable y = layer("proj", mixed(cut(x)));
    SDVariable first = ops.slice(y, 0, 0, TOKENS);
    SDVariable last = ops.slice(y, 0, WINDOWED - TOKENS, WINDOWED);
    SDVariable sum = x.add(first).add(last);
    sum.mul(sum).sum().rename("loss");
    assertEquals(List.of((long) WINDOWED, (long) WINDOWED), rows("proj.weight"));
    assertAgrees();
  }

  /** A gradient that several products read is brought into order for them once. */
  @Test
  void nothingIsMovedTwice() {
    block();
    List<Instruction> moves =
        plan(Activations.kept()).program().instructions().stream()
            .filter(i -> i.operation().label().equals("Move"))
            .toList();
    assertEquals(moves.size(), moves.stream().map(Instruction::inputs).distinct().count());
  }
}
