package io.peft4j.graph.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.graph.ops.AuditedOps;
import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.toy.ToyBackbone;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** What the compiler leaves out: the instructions of a plan, counted. */
class CompiledTest {
  private static final int ROWS = 16;
  private static final int WIDTH = 8;

  private final SameDiff sd = SameDiff.create();
  private final AuditedOps ops = new AuditedOps(sd);
  private final List<String> trainables = new ArrayList<>();
  private final SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, WIDTH);

  private SDVariable frozen(String name, long... shape) {
    return sd.constant(name, ToyBackbone.value(name, shape));
  }

  private SDVariable trained(String name, long... shape) {
    trainables.add(name);
    return sd.var(name, ToyBackbone.value(name, shape));
  }

  private List<String> forward(SDVariable output) {
    return labels(Compiled.of(sd, List.of(output.name()), Optional.empty(), n -> shape()));
  }

  private List<String> training(SDVariable loss) {
    Compiled.Objective objective =
        new Compiled.Objective(loss.name(), trainables, Activations.kept());
    return labels(Compiled.of(sd, List.of(), Optional.of(objective), n -> shape()));
  }

  private static long[] shape() {
    return new long[] {ROWS, WIDTH};
  }

  private static List<String> labels(Compiled plan) {
    return plan.program().instructions().stream().map(i -> i.operation().label()).toList();
  }

  private static long count(List<String> labels, String prefix) {
    return labels.stream().filter(l -> l.startsWith(prefix)).count();
  }

  /** A shift, a cut into windows and a transposition: one move, where a product reads them. */
  @Test
  void movementIsOneMove() {
    SDVariable grid = ops.roll(x.reshape(-1, 4, 4, WIDTH), 1, -1, 4);
    SDVariable windows =
        ops.roll(grid, 2, 1, 4).reshape(-1, 2, 2, 2, 2, WIDTH).permute(0, 1, 3, 2, 4, 5);
    List<String> labels = forward(ops.linear(windows.reshape(-1, WIDTH), frozen("w", 3, WIDTH)));
    assertEquals(List.of("Move", "MatMulNT"), labels);
  }

  /**
   * Scaling a factor, and bias and low-rank branch of a frozen layer, cost no pass of their own.
   */
  @Test
  void aLowRankBranchIsAddedByItsProduct() {
    SDVariable base = ops.linear(x, frozen("w", WIDTH, WIDTH), frozen("b", WIDTH));
    SDVariable low = ops.linear(x, frozen("a", 2, WIDTH));
    SDVariable branch = ops.linear(low, frozen("u", WIDTH, 2)).mul(0.5);
    assertEquals(List.of("MatMulNT", "AddRow", "MatMulNT", "MatMulNT+"), forward(base.add(branch)));
  }

  @Test
  void whatSomebodyElseReadsIsNotOverwritten() {
    SDVariable base = ops.linear(x, frozen("w", WIDTH, WIDTH));
    SDVariable branch = ops.linear(x, frozen("u", WIDTH, WIDTH));
    SDVariable product = base.add(branch).mul(base).mul(branch);
    assertEquals(List.of("MatMulNT", "MatMulNT", "Add", "Multiply", "Multiply"), forward(product));
  }

  /** One product forward and one back a layer: none for the frozen weight, none for the input. */
  @Test
  void frozenFactorsHaveNoGradient() {
    SDVariable first = ops.linear(x, trained("first", WIDTH, WIDTH));
    SDVariable second = ops.linear(first, frozen("second", WIDTH, WIDTH));
    List<String> labels = training(second.mul(frozen("g", ROWS, WIDTH)).sum());
    assertEquals(4, count(labels, "MatMul"), labels::toString);
  }

  /** Gradients of queries, keys and values are written into one buffer, without a move. */
  @Test
  void partsOfABufferShareItsGradient() {
    SDVariable scaled = x.mul(trained("s", WIDTH));
    SDVariable qkv = ops.linear(scaled, frozen("qkv", 3 * WIDTH, WIDTH));
    SDVariable[] part = new SDVariable[3];
    for (int i = 0; i < 3; i++) {
      SDVariable rows = ops.slice(qkv, 1, (long) i * WIDTH, (i + 1L) * WIDTH);
      part[i] = rows.reshape(-1, 4, 2, WIDTH / 2).permute(0, 2, 1, 3);
    }
    SDVariable scores = ops.softmax(ops.matmul(part[0], part[1], false, true));
    SDVariable context = ops.matmul(scores, part[2], false, false);
    List<String> labels = training(context.mul(context).sum());
    assertEquals(0, count(labels, "Move"), labels::toString);
    assertEquals(0, count(labels, "Fill") - 1, "only the loss is filled: " + labels);
  }

  /** BLAS fills its vectors with columns: where a factor has few, its gradient is made as rows. */
  @Test
  void gradientsOfFewColumnsAreTurned() {
    SDVariable up = ops.linear(x, trained("up", 4 * WIDTH, WIDTH));
    List<String> labels = training(up.mul(frozen("g", ROWS, 4 * WIDTH)).sum());
    assertEquals(List.of("MatMulTN", "Move"), labels.subList(labels.size() - 2, labels.size()));
  }

  @Test
  void compositionsAreRecognised() {
    SDVariable normed = ops.layerNorm(x, frozen("g", WIDTH), frozen("o", WIDTH), 1e-5);
    assertEquals(List.of("LayerNorm", "Gelu"), forward(ops.gelu(normed)));
  }

  /** Whether the statistics of the batch are asked for or not, with ReLU and without. */
  @Test
  void batchNormIsRecognised() {
    SDVariable t = sd.constant("t", Nd4j.ones(DataType.DOUBLE, 1));
    AuditedOps.BatchNorm norm =
        ops.batchNorm(
            x,
            frozen("g", WIDTH),
            frozen("o", WIDTH),
            frozen("m", WIDTH),
            frozen("v", WIDTH),
            t,
            1e-5);
    assertEquals(List.of("BatchNorm"), forward(norm.output()));
    SDVariable relu = ops.relu(norm.output());
    assertEquals(List.of("BatchNorm"), forward(relu));
    List<String> all = List.of(relu.name(), norm.batchMean().name(), norm.batchVariance().name());
    Compiled plan = Compiled.of(sd, all, Optional.empty(), n -> shape());
    assertEquals(List.of("BatchNorm"), labels(plan));
    SDVariable readTwice = ops.relu(norm.output()).add(norm.output());
    assertEquals(List.of("BatchNorm", "Relu", "Add"), forward(readTwice));
    SDVariable meanRead = norm.output().add(norm.batchMean());
    assertEquals(0, count(forward(meanRead), "BatchNorm"));
  }

  /** Over any axis; but not where a gradient of the weights is wanted. */
  @Test
  void crossEntropyIsRecognised() {
    SDVariable maps = sd.placeHolder("maps", DataType.DOUBLE, -1, 3, 16);
    SDVariable given = sd.placeHolder("given", DataType.DOUBLE, -1, 3, 16);
    for (int axis : new int[] {1, 2}) {
      SDVariable loss = ops.sum(ops.logSoftmax(maps, axis).mul(given), false, 0, 1, 2);
      assertEquals(List.of("LogLikelihood"), forwardOfMaps(loss));
    }
    SDVariable weights = sd.var("weights", ToyBackbone.value("weights", 2, 3, 16));
    SDVariable trainedWeights = ops.sum(ops.logSoftmax(maps, 1).mul(weights), false, 0, 1, 2);
    assertEquals(0, count(forwardOfMaps(trainedWeights), "LogLikelihood"));
    SDVariable overOneAxis = ops.sum(ops.logSoftmax(maps, 1).mul(given), false, 1);
    assertEquals(0, count(forwardOfMaps(overOneAxis), "LogLikelihood"));
  }

  private List<String> forwardOfMaps(SDVariable output) {
    return labels(
        Compiled.of(sd, List.of(output.name()), Optional.empty(), n -> new long[] {2, 3, 16}));
  }

  /** A value inside a composition that somebody reads keeps the composition apart. */
  @Test
  void aReadInnerValueIsComputed() {
    SDVariable erf = sd.math().erf(x.mul(Math.sqrt(0.5)));
    SDVariable gelu = erf.add(1.0).mul(x).mul(0.5);
    List<String> labels = forward(gelu.add(erf));
    assertEquals(0, count(labels, "Gelu"), labels::toString);
    assertEquals(1, count(labels, "erf"), labels::toString);
  }

  @Test
  void theListingNamesVariables() {
    ops.linear(x, frozen("w", WIDTH, WIDTH)).rename("layer");
    Compiled plan = Compiled.of(sd, List.of("layer"), Optional.empty(), n -> shape());
    Instruction only = plan.program().instructions().get(0);
    assertEquals("layer", only.name());
    assertTrue(plan.program().dump().contains("# layer"), plan.program().dump());
  }

  @Test
  void whatIsNotThereIsNamed() {
    ops.linear(x, frozen("w", WIDTH, WIDTH)).rename("layer");
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Compiled.of(sd, List.of("layre"), Optional.empty(), n -> shape()));
    assertTrue(e.getMessage().contains("did you mean 'layer'"), e.getMessage());
  }
}
