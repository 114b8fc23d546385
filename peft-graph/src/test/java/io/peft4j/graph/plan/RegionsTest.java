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
    ops.linear(b, frozen("v", 3, WIDTH)).mul(frozen("q", ROWS, 3)).sum().rename("loss");
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
    d.mul(trained("row", WIDTH)).mul(h).sum().rename("loss");
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
