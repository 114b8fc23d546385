package io.peft4j.graph.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.SessionExecutor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Lowered gradients are SameDiff's, up to the order of summation, whichever operands are trained,
 * at sizes where a sum by matrix product and ND4J's own differ in rounding.
 */
class PlanGradientTest {
  private static final double RELATIVE = 1e-12;

  /** Which of the two operands are trained: a frozen one has no gradient to be read. */
  private enum Trained {
    BOTH(List.of("x", "y")),
    FIRST(List.of("x")),
    SECOND(List.of("y"));

    private final List<String> names;

    Trained(List<String> names) {
      this.names = names;
    }
  }

  static Stream<Arguments> elementwise() {
    long[][][] shapes = {
      {{300, 70}, {70}},
      {{300, 70}, {1, 70}},
      {{300, 70}, {300, 1}},
      {{300, 70}, {300, 70}},
      {{5, 6, 7}, {5, 6, 7}},
      {{5, 6, 7}, {7}},
      {{70, 70}, {70}},
      {{1, 70}, {70}},
      {{70, 1}, {70, 1}},
      {{70, 1}, {1}}
    };
    return Stream.of("add", "sub", "mul")
        .flatMap(
            op ->
                Arrays.stream(shapes)
                    .flatMap(
                        s ->
                            Arrays.stream(Trained.values())
                                .map(t -> Arguments.of(op, s[0], s[1], t))));
  }

  @ParameterizedTest
  @MethodSource("elementwise")
  void sumsAndProducts(String op, long[] xShape, long[] yShape, Trained trained) {
    compare(
        xShape,
        yShape,
        trained,
        (x, y) ->
            switch (op) {
              case "add" -> x.add(y);
              case "sub" -> x.sub(y);
              default -> x.mul(y);
            });
  }

  /**
   * Factors of a product.
   *
   * @param inner also that of a low-rank factor, whose gradient has few columns
   */
  private record Product(boolean turnsA, boolean turnsB, long inner, List<Long> leading) {}

  static Stream<Arguments> products() {
    List<Product> products = new ArrayList<>();
    for (boolean a : new boolean[] {false, true}) {
      for (boolean b : new boolean[] {false, true}) {
        for (long inner : new long[] {17, 5}) {
          Stream.of(List.<Long>of(), List.of(3L), List.of(2L, 4L))
              .forEach(leading -> products.add(new Product(a, b, inner, leading)));
        }
      }
    }
    return products.stream()
        .flatMap(p -> Arrays.stream(Trained.values()).map(t -> Arguments.of(p, t)));
  }

  @ParameterizedTest
  @MethodSource("products")
  void matrixProducts(Product p, Trained trained) {
    long[] a = shape(p.leading, p.turnsA ? p.inner : 60, p.turnsA ? 60 : p.inner);
    long[] b = shape(p.leading, p.turnsB ? 50 : p.inner, p.turnsB ? p.inner : 50);
    compare(a, b, trained, (x, y) -> x.getSameDiff().mmul(x, y, p.turnsA, p.turnsB, false));
  }

  @FunctionalInterface
  private interface Expression {
    SDVariable of(SDVariable x, SDVariable y);
  }

  private static void compare(
      long[] xShape, long[] yShape, Trained trained, Expression expression) {
    Map<String, INDArray> expected;
    try (GraphExecutor session =
        SessionExecutor.forTraining(
            graph(xShape, yShape, trained, expression), "loss", trained.names)) {
      expected = session.gradients(Map.of(), List.of("loss")).gradients();
      try (GraphExecutor plan =
          PlanExecutor.forTraining(
              graph(xShape, yShape, trained, expression), "loss", trained.names)) {
        plan.gradients(Map.of(), List.of("loss"));
        Map<String, INDArray> actual = plan.gradients(Map.of(), List.of("loss")).gradients();
        for (String name : trained.names) {
          INDArray e = expected.get(name);
          INDArray a = actual.get(name);
          assertArrayEquals(e.shape(), a.shape(), name);
          double scale = Math.max(1, e.amaxNumber().doubleValue());
          assertEquals(0, e.sub(a).amaxNumber().doubleValue() / scale, RELATIVE, name);
        }
      }
    }
  }

  /** {@code loss = Σ (x ∘ y)²}, so that the gradient that flows back is not constant. */
  private static SameDiff graph(
      long[] xShape, long[] yShape, Trained trained, Expression expression) {
    SameDiff sd = SameDiff.create();
    SDVariable x = leaf(sd, "x", xShape, trained, 1);
    SDVariable y = leaf(sd, "y", yShape, trained, 2);
    SDVariable z = expression.of(x, y);
    z.mul(z).sum().rename("loss");
    return sd;
  }

  private static SDVariable leaf(
      SameDiff sd, String name, long[] shape, Trained trained, long seed) {
    Nd4j.getRandom().setSeed(seed);
    INDArray value = Nd4j.randn(DataType.DOUBLE, shape);
    return trained.names.contains(name) ? sd.var(name, value) : sd.constant(name, value);
  }

  private static long[] shape(List<Long> leading, long rows, long columns) {
    long[] shape = new long[leading.size() + 2];
    for (int i = 0; i < leading.size(); i++) {
      shape[i] = leading.get(i);
    }
    shape[leading.size()] = rows;
    shape[leading.size() + 1] = columns;
    return shape;
  }
}
