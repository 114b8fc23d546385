package io.peft4j.graph.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.SessionExecutor;
import io.peft4j.graph.plan.PlanExecutor;
import io.peft4j.graph.toy.Runs;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Every operation, forward and backward, compiled and run on new values, agrees with the session.
 */
class CataloguePlanTest {
  static Stream<OpCase> cases() {
    return Stream.concat(CatalogueCases.all().stream(), OpsCases.all().stream());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void plansAgreeWithTheSession(OpCase use) {
    OpCase.Built built = use.build();
    List<String> outputs = List.of(built.loss(), built.result());
    try (GraphExecutor plan = PlanExecutor.forTraining(built.sd(), built.loss(), built.inputs());
        GraphExecutor session =
            SessionExecutor.forTraining(built.sd(), built.loss(), built.inputs())) {
      Random random = new Random(1);
      for (int step = 0; step < 3; step++) {
        GraphExecutor.Step expected = session.gradients(Map.of(), outputs);
        GraphExecutor.Step actual = plan.gradients(Map.of(), outputs);
        assertSame(expected.gradients(), actual.gradients());
        assertSame(expected.outputs(), actual.outputs());
        assertSame(session.outputs(Map.of(), outputs), plan.outputs(Map.of(), outputs));
        for (String input : built.inputs()) {
          INDArray array = built.sd().getVariable(input).getArr();
          array.assign(OpCase.values(random, use.positive(), array.shape()));
        }
      }
    }
  }

  private static void assertSame(Map<String, INDArray> expected, Map<String, INDArray> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (name, e) -> {
          INDArray a = actual.get(name);
          assertEquals(e.dataType(), a.dataType(), name);
          Runs.assertClose(e, a, name);
        });
  }
}
