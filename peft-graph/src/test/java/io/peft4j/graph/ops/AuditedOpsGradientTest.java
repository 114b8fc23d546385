package io.peft4j.graph.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Sets;
import io.peft4j.api.method.Ops;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Every operation of the catalogue and every method of {@link Ops} has the gradient that finite
 * differences show, with respect to each of its inputs, for one row and for several.
 */
class AuditedOpsGradientTest {
  private static final double TOLERANCE = 1e-6;

  /** Its gradient differs from the derivative on purpose, so it has a test of its own. */
  private static final Set<String> DETACHED = Set.of("stop_gradient", "stopGradient/1");

  static Stream<OpCase> cases() {
    return Stream.concat(CatalogueCases.all().stream(), OpsCases.all().stream());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientAgreesWithFiniteDifferences(OpCase use) {
    OpCase.Built built = use.build();
    GraphAudit.check(built.sd(), built.inputs(), List.of(built.loss()));
    for (String input : built.inputs()) {
      double error = FiniteDifferences.check(built.sd(), built.loss(), Map.of(), input, 5, 1);
      assertTrue(error <= TOLERANCE, () -> use + " with respect to " + input + ": " + error);
    }
  }

  @Test
  void everyOperationOfTheCatalogueIsTried() {
    Set<String> tried = CatalogueCases.all().stream().map(OpCase::op).collect(Collectors.toSet());
    assertEquals(OpCatalogue.names(), Sets.union(tried, Set.of("stop_gradient")));
  }

  @Test
  void everyCatalogueCaseUsesTheOperationItIsNamedAfter() {
    for (OpCase use : CatalogueCases.all()) {
      boolean found =
          use.build().sd().getOps().values().stream()
              .anyMatch(
                  op -> op.getOp().opName().equals(use.op()) && OpCatalogue.isAudited(op.getOp()));
      assertTrue(found, use::toString);
    }
  }

  @Test
  void everyMethodOfOpsIsTried() {
    Set<String> methods = new TreeSet<>();
    for (Method method : Ops.class.getDeclaredMethods()) {
      if (!method.isSynthetic()) {
        methods.add(method.getName() + "/" + method.getParameterCount());
      }
    }
    Set<String> tried = OpsCases.all().stream().map(OpCase::op).collect(Collectors.toSet());
    assertEquals(methods, Sets.union(tried, Sets.intersection(DETACHED, methods)));
  }

  /** d/dx of x·stop(x) is the value of x, not 2x. */
  @Test
  void stopGradientHidesItsInput() {
    SameDiff sd = SameDiff.create();
    INDArray value = Nd4j.linspace(-1, 1, 6, DataType.DOUBLE).reshape(2, 3);
    SDVariable x = sd.var("x", value.dup());
    SDVariable loss = x.mul(new AuditedOps(sd).stopGradient(x)).sum();
    sd.setLossVariables(loss);
    assertEquals(value, sd.calculateGradients(Map.of(), "x").get("x"));
  }
}
