package io.peft4j.graph.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.SessionExecutor;
import io.peft4j.graph.ops.AuditedOps;
import io.peft4j.graph.toy.Runs;
import io.peft4j.graph.toy.ToyBackbone;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Buffers are given to later operations only when nobody reads them any more: random graphs. */
class PlanProperties {
  private static final int WIDTH = 4;

  @Property(tries = 100)
  void plansAgreeWithTheSession(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 30) int operations) {
    Random random = new Random(seed);
    SameDiff sd = SameDiff.create();
    Set<String> trainables = new LinkedHashSet<>();
    List<SDVariable> rows = rows(sd, random, operations, trainables);
    SDVariable loss = loss(sd, rows, trainables);
    List<String> wanted = new ArrayList<>(List.of(loss.name()));
    for (int i = 0; i < 3; i++) {
      wanted.add(rows.get(random.nextInt(rows.size())).name());
    }
    try (GraphExecutor plan = PlanExecutor.forTraining(sd, loss.name(), trainables);
        GraphExecutor session = SessionExecutor.forTraining(sd, loss.name(), trainables)) {
      for (int step = 0; step < 4; step++) {
        Map<String, INDArray> inputs =
            Map.of("x", ToyBackbone.value("x" + step, 1 + (step + 1) / 2 % 2, WIDTH));
        GraphExecutor.Step expected = session.gradients(inputs, wanted);
        GraphExecutor.Step actual = plan.gradients(inputs, wanted);
        assertEquals(expected.gradients().keySet(), actual.gradients().keySet());
        expected.gradients().forEach((n, g) -> same(g, actual.gradients().get(n), n));
        expected.outputs().forEach((n, v) -> same(v, actual.outputs().get(n), n));
        Map<String, INDArray> outputs = plan.outputs(inputs, wanted);
        session.outputs(inputs, wanted).forEach((n, v) -> same(v, outputs.get(n), n));
      }
    }
  }

  private static void same(INDArray expected, INDArray actual, String what) {
    Runs.assertClose(expected, actual, what);
  }

  /** Values {@code [batch, WIDTH]}, each made from earlier ones. */
  private static List<SDVariable> rows(
      SameDiff sd, Random random, int operations, Set<String> trainables) {
    AuditedOps ops = new AuditedOps(sd);
    List<SDVariable> rows = new ArrayList<>();
    rows.add(sd.placeHolder("x", DataType.DOUBLE, -1, WIDTH));
    for (int i = 0; i < operations; i++) {
      SDVariable a = rows.get(random.nextInt(rows.size()));
      SDVariable b = rows.get(random.nextInt(rows.size()));
      rows.add(
          switch (random.nextInt(13)) {
            case 0 -> a.add(b);
            case 1 -> ops.tanh(a.mul(b));
            case 2 -> a.sub(b);
            case 3 -> ops.sigmoid(a);
            case 4 -> ops.linear(a, weight(sd, i, trainables));
            case 5 -> {
              SDVariable[] halves = sd.split(a, 2, 1);
              yield ops.concat(1, halves[1], halves[random.nextInt(2)]);
            }
            case 6 -> ops.softmax(a);
            case 7 -> a.reshape(-1, 2, 2).permute(0, 2, 1).reshape(-1, WIDTH);
            case 8 -> sd.identity(a).reshape(-1, 2).mul(0.5).reshape(-1, WIDTH);
            case 9 -> a.sub(ops.mean(a, true, 1));
            case 10 -> ops.roll(a, 1, 1, WIDTH).add(ops.stopGradient(b));
            case 11 -> ops.relu(a).add(b.mul(0.25));
            default -> ops.tanh(a).mul(weight(sd, i, trainables).reshape(WIDTH, WIDTH).sum(0));
          });
    }
    return rows;
  }

  private static SDVariable weight(SameDiff sd, int i, Set<String> trainables) {
    String name = "w" + i;
    trainables.add(name);
    return sd.var(name, ToyBackbone.value(name, WIDTH, WIDTH));
  }

  /** Reads every value, so that every trainable is reached. */
  private static SDVariable loss(SameDiff sd, List<SDVariable> rows, Set<String> trainables) {
    SDVariable last = rows.get(rows.size() - 1);
    SDVariable w = weight(sd, rows.size(), trainables);
    SDVariable sum = new AuditedOps(sd).tanh(new AuditedOps(sd).linear(last, w));
    for (SDVariable r : rows) {
      sum = sum.add(r);
    }
    return sum.mul(sum).sum().rename("loss");
  }
}
