package io.peft4j.graph.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.SessionExecutor;
import io.peft4j.graph.ops.AuditedOps;
import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.toy.ToyBackbone;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Streams that multiply by the same frozen weight do it at once, and nothing else changes. */
class BatchingTest {
  private static final int ROWS = 12;
  private static final int WIDTH = 8;
  private static final int STREAMS = 3;

  private final SameDiff sd = SameDiff.create();
  private final AuditedOps ops = new AuditedOps(sd);
  private final List<String> trainables = new ArrayList<>();
  private final SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, WIDTH);
  private final SDVariable up = frozen("up", 4 * WIDTH, WIDTH);
  private final SDVariable down = frozen("down", WIDTH, 4 * WIDTH);
  private final SDVariable square = frozen("square", WIDTH, WIDTH);

  private SDVariable frozen(String name, long... shape) {
    return sd.constant(name, ToyBackbone.value(name, shape));
  }

  private SDVariable trained(String name, long... shape) {
    trainables.add(name);
    return sd.var(name, ToyBackbone.value(name, shape));
  }

  private SDVariable own(int stream, SDVariable in) {
    return ops.linear(in, trained("own" + stream, WIDTH, WIDTH));
  }

  private SDVariable total(List<SDVariable> parts) {
    SDVariable sum = parts.get(0);
    for (SDVariable part : parts.subList(1, parts.size())) {
      sum = sum.add(part);
    }
    return sum.rename("loss");
  }

  /** Streams of equal make, with a skip connection and a low-rank branch in place. */
  private void streams() {
    List<SDVariable> losses = new ArrayList<>();
    for (int s = 0; s < STREAMS; s++) {
      SDVariable h = own(s, x);
      SDVariable base = ops.linear(ops.gelu(ops.linear(h, up)), down);
      SDVariable low = ops.linear(h, trained("a" + s, 2, WIDTH));
      SDVariable out = base.add(ops.linear(low, trained("b" + s, WIDTH, 2))).add(h);
      losses.add(out.mul(out).sum().mul(s + 1));
    }
    total(losses);
  }

  private List<Instruction> plan(long rows) {
    Compiled.Objective objective = new Compiled.Objective("loss", trainables, Activations.kept());
    long[] shape = {rows, WIDTH};
    return Compiled.of(sd, List.of(), Optional.of(objective), n -> shape).program().instructions();
  }

  /** Products by the frozen weights. */
  private static long products(List<Instruction> plan, long inner) {
    return plan.stream()
        .filter(i -> i.operation() instanceof Operation.MatMul)
        .filter(i -> i.input(1).root().name().matches("up|down|square"))
        .peek(i -> assertEquals(inner, i.output().shape()[0], i::toString))
        .count();
  }

  private void assertAgrees() {
    Map<String, INDArray> inputs = Map.of("x", ToyBackbone.value("x", ROWS, WIDTH));
    for (Activations choice : List.of(Activations.kept(), Activations.cheapRecomputed())) {
      try (GraphExecutor plan = PlanExecutor.forTraining(sd, "loss", trainables, choice);
          GraphExecutor oracle = SessionExecutor.forTraining(sd, "loss", trainables)) {
        plan.gradients(inputs, List.of());
        GraphExecutor.Step found = plan.gradients(inputs, List.of("loss"));
        GraphExecutor.Step expected = oracle.gradients(inputs, List.of("loss"));
        assertEquals(
            expected.outputs().get("loss").getDouble(0),
            found.outputs().get("loss").getDouble(0),
            1e-9);
        expected
            .gradients()
            .forEach(
                (n, g) ->
                    assertArrayEquals(
                        g.dup('c').data().asDouble(),
                        found.gradients().get(n).dup('c').data().asDouble(),
                        1e-9,
                        choice + " " + n));
      }
    }
  }

  @Test
  void oneProductForAllStreamsForwardAndBack() {
    streams();
    assertEquals(4, products(plan(ROWS), STREAMS * ROWS));
    assertAgrees();
  }

  /** There is nothing to gain then, and memory to lose. */
  @Test
  void manyRowsStayApart() {
    streams();
    assertEquals(4 * STREAMS, products(plan(4096), 4096));
  }

  /** One reads first what the other reads last: only one of the two weights can wait for both. */
  @Test
  void groupsThatWaitForEachOtherAreGivenUp() {
    SDVariable other = frozen("up2", WIDTH, WIDTH);
    SDVariable a = own(0, x);
    SDVariable b = own(1, x);
    SDVariable first = ops.linear(ops.tanh(ops.linear(a, square)), other);
    SDVariable second = ops.linear(ops.tanh(ops.linear(b, other)), square);
    total(List.of(first.mul(first).sum(), second.mul(second).sum().mul(3)));
    assertAgrees();
  }

  /** Two weights read the same streams: what lies in order for one does for the other. */
  @Test
  void severalWeightsReadTheSameRows() {
    List<SDVariable> losses = new ArrayList<>();
    for (int s = 0; s < STREAMS; s++) {
      SDVariable h = own(s, x);
      SDVariable out = ops.linear(h, square).mul(ops.linear(ops.linear(h, up), down));
      losses.add(out.sum().mul(s + 1));
    }
    total(losses);
    assertEquals(6, products(plan(ROWS), STREAMS * ROWS));
    assertAgrees();
  }
}
