package io.peft4j.graph.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.ops.AuditedOps;
import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.kernel.CpuKernels;
import io.peft4j.graph.plan.kernel.ReferenceKernels;
import io.peft4j.graph.toy.ToyBackbone;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Elementwise instructions that go through memory together compute what they do one by one. */
class RegionsTest {
  private static final int ROWS = 300;
  private static final int WIDTH = 40;

  private final SameDiff sd = SameDiff.create();
  private final AuditedOps ops = new AuditedOps(sd);
  private final List<String> trainables = new ArrayList<>();
  private final SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, WIDTH);
  private final Map<String, INDArray> inputs =
      Map.of("x", ToyBackbone.value("x", ROWS, WIDTH).castTo(DataType.FLOAT));

  private SDVariable trained(String name, long... shape) {
    trainables.add(name);
    return sd.var(name, ToyBackbone.value(name, shape).castTo(DataType.FLOAT));
  }

  private SDVariable frozen(String name, long... shape) {
    return sd.constant(name, ToyBackbone.value(name, shape).castTo(DataType.FLOAT));
  }

  private List<Instruction> plan() {
    Compiled.Objective objective = new Compiled.Objective("loss", trainables, Activations.kept());
    long[] shape = {ROWS, WIDTH};
    return Compiled.of(sd, List.of(), Optional.of(objective), n -> shape, true)
        .program()
        .instructions();
  }

  private static List<Operation.Region> regions(List<Instruction> plan) {
    return plan.stream()
        .filter(i -> i.operation() instanceof Operation.Region)
        .map(i -> (Operation.Region) i.operation())
        .toList();
  }

  private GraphExecutor.Step step(GraphExecutor executor) {
    executor.gradients(inputs, List.of("loss"));
    return executor.gradients(inputs, List.of("loss"));
  }

  /** By regions, with one thread and three, against the reference kernels one by one. */
  private void assertAgrees() {
    assertTrue(regions(plan()).size() > 0, "nothing was joined");
    try (GraphExecutor plain =
        PlanExecutor.forTraining(
            sd, "loss", trainables, Activations.kept(), List.of(ReferenceKernels.create()))) {
      GraphExecutor.Step expected = step(plain);
      Set<String> bits = new HashSet<>();
      for (int threads : new int[] {1, 3}) {
        try (GraphExecutor joined =
            PlanExecutor.forTraining(
                sd,
                "loss",
                trainables,
                Activations.kept(),
                List.of(CpuKernels.find(threads).orElseThrow(), ReferenceKernels.create()))) {
          GraphExecutor.Step found = step(joined);
          bits.add(
              found.gradients().values().stream()
                  .map(g -> Arrays.toString(g.dup('c').data().asFloat()))
                  .toList()
                  .toString());
          double loss = expected.outputs().get("loss").getDouble(0);
          assertEquals(loss, found.outputs().get("loss").getDouble(0), 1e-5 * Math.abs(loss));
          expected
              .gradients()
              .forEach(
                  (n, g) ->
                      assertArrayEquals(
                          g.dup('c').data().asDouble(),
                          found.gradients().get(n).dup('c').data().asDouble(),
                          2e-5 * Math.max(1, g.amaxNumber().doubleValue()),
                          n));
        }
      }
      assertEquals(1, bits.size(), "threads change bits");
    }
  }

  /** A batch norm's last lines, and its gradient with sums over rows. */
  @Test
  void affineRowsWithActivation() {
    SDVariable h = ops.linear(x, trained("w", WIDTH, WIDTH));
    SDVariable y = h.sub(frozen("mean", 1, WIDTH)).mul(trained("gain", WIDTH));
    SDVariable z = sd.nn().relu(y.add(trained("offset", WIDTH)), 0);
    z.mul(z).sum().rename("loss");
    List<Operation.Region> regions = regions(plan());
    assertTrue(
        regions.stream().anyMatch(r -> r.width() == WIDTH && r.parts().size() > 2),
        regions::toString);
    assertAgrees();
  }

  /** What only parts read has no memory; what is read later has. */
  @Test
  void onlyWhatOthersReadIsWritten() {
    SDVariable h = ops.linear(x, trained("w", WIDTH, WIDTH));
    SDVariable a = h.mul(frozen("g", ROWS, WIDTH)).mul(frozen("k", ROWS, WIDTH));
    SDVariable b = ops.gelu(a.sub(h));
    SDVariable y = ops.linear(b, frozen("v", 3, WIDTH)).mul(frozen("q", ROWS, 3));
    y.mul(y).sum().rename("loss");
    Instruction forward =
        plan().stream()
            .filter(i -> i.operation() instanceof Operation.Region)
            .findFirst()
            .orElseThrow();
    int made = ((Operation.Region) forward.operation()).parts().size();
    assertTrue(forward.outputs().size() < made, forward::toString);
    assertAgrees();
  }

  /** A column of factors, one for each row, and an operand that is overwritten by the result. */
  @Test
  void columnsAndSharedPlaces() {
    SDVariable h = ops.linear(x, trained("w", WIDTH, WIDTH));
    SDVariable c = h.mul(frozen("column", ROWS, 1)).sub(frozen("g", ROWS, WIDTH));
    SDVariable d = frozen("k", ROWS, WIDTH).sub(c.mul(c));
    SDVariable y = d.mul(trained("row", WIDTH)).mul(h);
    y.mul(y).sum().rename("loss");
    assertAgrees();
  }

  /** A sum that was just made is complete only when all rows have been seen. */
  @Test
  void whatIsSummedIsNotReadBefore() {
    SDVariable h = ops.linear(x, trained("w", WIDTH, WIDTH));
    SDVariable mean = h.mul(frozen("g", ROWS, WIDTH)).sum(true, 0).mul(1.0 / ROWS);
    SDVariable y = h.sub(mean).mul(trained("gain", WIDTH));
    y.mul(y).sum().rename("loss");
    assertAgrees();
  }

  /** Bias, low-rank branch and activation of a layer; the branch reads the layer's input. */
  private SDVariable layer(SDVariable x, int rank, int width) {
    String name = "l" + trainables.size();
    SDVariable base = ops.linear(x, frozen(name + ".w", width, WIDTH), frozen(name + ".c", width));
    SDVariable low = ops.linear(x, trained(name + ".a", rank, WIDTH));
    return base.add(ops.linear(low, trained(name + ".b", width, rank)).mul(0.7));
  }

  /** Ranks that fill a step of the kernel, and such that leave some over. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 6, 8})
  void lowRankBranchesJoin(int rank) {
    SDVariable h = ops.gelu(layer(x, rank, 3 * WIDTH));
    h.mul(h).sum().rename("loss");
    List<Operation.Region> regions = regions(plan());
    List<String> parts = regions.get(0).parts().stream().map(i -> i.operation().label()).toList();
    assertEquals(List.of("AddRow", "MatMulNT+", "Gelu"), parts.subList(0, 3));
    assertEquals(3 * WIDTH, regions.get(0).width());
    assertAgrees();
  }

  /** Rows that are longer than a piece of other regions. */
  @Test
  void lowRankBranchesOfWideLayers() {
    SDVariable h = layer(x, 4, 1500);
    h.mul(h).sum().rename("loss");
    assertAgrees();
  }

  /** A task's stream starts from the shared one: copy, branch and activation in one go. */
  @Test
  void streamsThatStartFromOne() {
    SDVariable base = ops.linear(x, frozen("w", 2 * WIDTH, WIDTH));
    List<SDVariable> ends = new ArrayList<>();
    for (int t = 0; t < 3; t++) {
      SDVariable low = ops.linear(x, trained("a" + t, 4, WIDTH));
      SDVariable stream = base.add(ops.linear(low, trained("b" + t, 2 * WIDTH, 4)));
      SDVariable end = ops.gelu(stream);
      ends.add(end.mul(end).sum().mul(t + 1));
    }
    ends.get(0).add(ends.get(1)).add(ends.get(2)).rename("loss");
    assertTrue(
        regions(plan()).stream()
            .anyMatch(
                r ->
                    r.parts().stream()
                        .map(i -> i.operation().label())
                        .toList()
                        .containsAll(List.of("Move", "MatMulNT+", "Gelu"))),
        () -> regions(plan()).toString());
    assertAgrees();
  }

  /** What is computed again has the bits that it had, alone or in company. */
  @Test
  void lowRankBranchesAreTheSameUnderEveryPolicy() {
    SDVariable h = layer(x, 8, WIDTH);
    SDVariable y = ops.gelu(layer(ops.gelu(h).add(h), 3, WIDTH));
    y.mul(y).sum().rename("loss");
    Set<String> bits = new HashSet<>();
    Activations none = Activations.checkpointed(Set.of(h.name()));
    for (Activations choice : List.of(Activations.kept(), Activations.cheapRecomputed(), none)) {
      try (GraphExecutor executor = PlanExecutor.forTraining(sd, "loss", trainables, choice)) {
        bits.add(
            step(executor).gradients().values().stream()
                .map(g -> Arrays.toString(g.dup('c').data().asFloat()))
                .toList()
                .toString());
      }
    }
    assertEquals(1, bits.size());
  }

  /** A rank that is not low is left to BLAS. */
  @Test
  void otherProductsStayAlone() {
    SDVariable h = ops.gelu(layer(x, 9, WIDTH));
    h.mul(h).sum().rename("loss");
    assertTrue(
        regions(plan()).stream()
            .flatMap(r -> r.parts().stream())
            .noneMatch(i -> i.operation() instanceof Operation.MatMul));
    assertAgrees();
  }

  /** Doubles are left as they are. */
  @Test
  void onlyFloatsAreJoined() {
    SameDiff doubles = SameDiff.create();
    SDVariable w = doubles.var("w", ToyBackbone.value("w", ROWS, WIDTH));
    w.mul(w).mul(doubles.constant("g", ToyBackbone.value("g", ROWS, WIDTH))).sum().rename("loss");
    Compiled.Objective objective = new Compiled.Objective("loss", List.of("w"), Activations.kept());
    Compiled plan = Compiled.of(doubles, List.of(), Optional.of(objective), n -> new long[0], true);
    assertEquals(List.of(), regions(plan.program().instructions()));
  }
}
