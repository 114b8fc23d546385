package io.peft4j.ditask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.linalg.Svd;
import io.peft4j.graph.PeftModel;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** What a transformed layer is: W with its own singular vectors and other singular values. */
class DitaskLayerProperties {
  @Property(tries = 16)
  void onlyTheSpectrumMovesAndKeepsItsOrderAndRange(
      @ForAll @IntRange(min = 3, max = 7) int half,
      @ForAll boolean wide,
      @ForAll DitaskConfig.Warp warp,
      @ForAll DitaskConfig.Product product,
      @ForAll long seed) {
    int in = wide ? 2 * half + 2 : 2 * half;
    int out = wide ? half : 2 * half + 1;
    INDArray weight = normal(seed, out, in);
    INDArray bias = normal(seed + 1, out);
    PeftModel model =
        OneSite.of(weight, bias, 2)
            .adapt("sharedCells=5 warp=%s product=%s unfreeze=".formatted(warp, product));
    assertClose(weight, OneSite.weight(model, bias), 1e-9);

    model.arrays().get("linear.theta").assign(normal(seed + 2, 1, 4).mul(0.5));
    INDArray moved = OneSite.weight(model, bias);
    int n = Math.min(in, out);
    Svd before = Svd.of(weight.toDoubleMatrix(), n);
    // Uᵀ W' V is diagonal, so U and V are singular vectors of W' too
    INDArray left = Nd4j.createFromArray(before.left());
    INDArray right = Nd4j.createFromArray(before.right());
    INDArray middle = left.mmul(moved).mmul(right.transpose());
    double[] values = Nd4j.diag(middle).toDoubleVector();
    assertClose(Nd4j.diag(Nd4j.createFromArray(values)), middle, 1e-9);
    for (int i = 1; i < n; i++) {
      assertTrue(values[i] <= values[i - 1] + 1e-12, () -> Arrays.toString(values));
    }
    // the update has full rank, but for the ends that stay
    int end = warp == DitaskConfig.Warp.INDEX ? n - 1 : n;
    for (int i = 1; i < end; i++) {
      assertTrue(Math.abs(values[i] - before.values()[i]) > 1e-12, "a value did not move");
    }
    assertEquals(before.values()[0], values[0], 1e-9);
    if (warp == DitaskConfig.Warp.INDEX) {
      assertEquals(before.values()[n - 1], values[n - 1], 1e-9);
    }
    assertTrue(values[n - 1] > 0, "the rank has fallen");
    assertClose(moved, OneSite.weight(model.merge(), bias), 1e-9);
  }

  @Property(tries = 8)
  void partsOfAFusedProjectionAreTransformedApart(
      @ForAll DitaskConfig.Warp warp, @ForAll boolean own, @ForAll long seed) {
    INDArray weight = normal(seed, 18, 6);
    INDArray bias = normal(seed + 1, 18);
    String options = "sharedCells=4 unfreeze= warp=" + warp;
    PeftModel fused = OneSite.of(weight, bias, 2).adapt(options + " thetaPerPart=" + own);
    INDArray theta = fused.arrays().get("linear.theta");
    assertEquals(own ? 9 : 3, theta.length());
    theta.assign(normal(seed + 2, theta.shape()).mul(0.5));
    INDArray moved = OneSite.weight(fused, bias);
    for (int part = 0; part < 3; part++) {
      INDArray rows = rows(weight, 6 * part);
      INDArray partBias = normal(3, 6);
      PeftModel alone = OneSite.of(rows, partBias, 2).adapt(options);
      alone.arrays().get("linear.theta").assign(theta.getRow(own ? part : 0, true));
      assertClose(OneSite.weight(alone, partBias), rows(moved, 6 * part), 1e-9);
    }
  }

  /** Zero singular values may move too, along directions that complete the factors. */
  @Property(tries = 10)
  void factorsAreOrthonormalWhateverTheRank(
      @ForAll @IntRange(min = 0, max = 6) int rank, @ForAll boolean wide, @ForAll long seed) {
    double[][] part = lowRank(rank, wide ? 6 : 9, wide ? 9 : 6, seed);
    Factors factors = Factors.of(part, DataType.DOUBLE);
    INDArray eye = Nd4j.eye(6).castTo(DataType.DOUBLE);
    assertClose(eye, factors.left().transpose().mmul(factors.left()), 1e-12);
    assertClose(eye, factors.right().mmul(factors.right().transpose()), 1e-12);
    INDArray values = Nd4j.diag(Nd4j.createFromArray(factors.values()));
    assertClose(
        Nd4j.createFromArray(part), factors.left().mmul(values).mmul(factors.right()), 1e-12);
  }

  @Example
  void tinySingularValuesHaveOrthogonalVectors() {
    Svd svd = Svd.of(normal(1, 8, 8).toDoubleMatrix(), 8);
    double[] values = {1, 1e-2, 1e-4, 1e-5, 3e-6, 1e-6, 4e-7, 2e-7};
    INDArray graded =
        Nd4j.createFromArray(svd.left())
            .transpose()
            .mmul(Nd4j.diag(Nd4j.createFromArray(values)))
            .mmul(Nd4j.createFromArray(svd.right()));
    Factors factors = Factors.of(graded.toDoubleMatrix(), DataType.DOUBLE);
    INDArray eye = Nd4j.eye(8).castTo(DataType.DOUBLE);
    assertClose(eye, factors.left().transpose().mmul(factors.left()), 1e-12);
  }

  @Property(tries = 6)
  void aWeightThatIsNotFiniteIsRefusedByName(@ForAll @IntRange(max = 2) int kind) {
    double bad =
        new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}[kind];
    INDArray weight = normal(1, 4, 4);
    weight.putScalar(2, 1, bad);
    OneSite site = OneSite.of(weight, normal(2, 4), 2);
    InputException error = assertThrows(InputException.class, () -> site.adapt("unfreeze="));
    assertTrue(
        error.getMessage().startsWith("weight linear.weight holds " + bad + " at [2, 1]"),
        error.getMessage());
  }

  @Example
  void aSpectrumThatCannotMoveIsRefusedByName() {
    OneSite site = OneSite.of(normal(1, 2, 5), normal(2, 2), 5);
    InputException error = assertThrows(InputException.class, () -> site.adapt("unfreeze="));
    assertTrue(
        error.getMessage().startsWith("site linear has 2 singular values"), error.getMessage());
    assertEquals(63, site.adapt("warp=value unfreeze=").arrays().get("linear.theta").length());
  }

  private static double[][] lowRank(int rank, int out, int in, long seed) {
    return rank == 0
        ? new double[out][in]
        : normal(seed, out, rank).mmul(normal(seed + 1, rank, in)).toDoubleMatrix();
  }

  private static INDArray rows(INDArray matrix, int from) {
    return matrix.get(NDArrayIndex.interval(from, from + 6), NDArrayIndex.all()).dup();
  }

  private static INDArray normal(long seed, long... shape) {
    Random random = new Random(seed);
    int length = (int) Arrays.stream(shape).reduce(1, Math::multiplyExact);
    double[] values = new double[length];
    Arrays.setAll(values, i -> random.nextGaussian());
    return Nd4j.create(values, shape, 'c');
  }

  private static void assertClose(INDArray expected, INDArray actual, double tolerance) {
    double error = expected.sub(actual).amaxNumber().doubleValue();
    double size = Math.max(1, expected.amaxNumber().doubleValue());
    assertEquals(0, error / size, tolerance, () -> expected + "\nis not\n" + actual);
  }
}
