package io.peft4j.lora;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Each variant computes the equation of its paper, written out here a second time. */
class LoraVariantsTest {
  private static final int TOKENS = 3;
  private static final int IN = 5;
  private static final int OUT = 12;
  private static final double TOLERANCE = 1e-12;

  private final INDArray weight = normal(1, OUT, IN);
  private final INDArray bias = normal(2, OUT);
  private final INDArray x = normal(3, 2 * TOKENS, IN);
  private final OneLayer layer = OneLayer.of(weight, bias, TOKENS);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rank=2",
        "rank=5",
        "rank=2 rslora=true alpha=3",
        "rank=2 init=gaussian dropout=0.3",
        "rank=2 dora=true",
        "rank=2 dora=true dropout=0.3",
        "rank=2 init=pissa",
        "rank=4 init=pissa dora=true",
        "rank=4 init=pissa dora=true dropout=0.5",
        "rank=3 qkvParts=k",
        "rank=3 qkvParts=q,v dora=true",
        "rank=3 qkvParts=q,k,v init=pissa dora=true",
        "rank=2 perTask=true bias=all",
        "rank=2 norm=block",
      })
  void everyVariantStartsAsTheFrozenLayer(String options) {
    PeftModel model = layer.lora(options, OneLayer.TASK);
    assertClose(plain(x), OneLayer.rows(model, x, "sal"));
    assertTrue(model.rewrite().identityAtStart());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rank=2 init=pissa", "rank=4 init=pissa qkvParts=q,k", "rank=5 perTask=true"})
  void withoutDoraTheStartIsTheFrozenLayerToTheBit(String options) {
    PeftModel frozen = Peft.frozen(layer.backbone(), OneLayer.TASK);
    PeftModel model = layer.lora(options, OneLayer.TASK);
    // not equals(), which ND4J defines up to a tolerance
    assertArrayEquals(
        OneLayer.rows(frozen, x, "sal").toDoubleMatrix(),
        OneLayer.rows(model, x, "sal").toDoubleMatrix());
  }

  @Test
  void rsLoraDividesByTheRootOfTheRank() {
    PeftModel model = trained("rank=4 alpha=6 rslora=true");
    assertClose(plain(x).add(update(model, x).mul(6 / 2.0)), OneLayer.rows(model, x, "sal"));
  }

  @Test
  void patternsChangeRankAndScaleOfASite() {
    PeftModel model = trained("rank=1 alpha=1 rankPattern=linear=4 alphaPattern=re:lin.*=2");
    assertEquals(4, a(model).size(0));
    assertClose(plain(x).add(update(model, x).mul(0.5)), OneLayer.rows(model, x, "sal"));
  }

  @Test
  void doraScalesTheRowsOfTheUpdatedWeight() {
    PeftModel model = trained("rank=2 alpha=3 dora=true");
    INDArray v = weight.add(b(model).mmul(a(model)).mul(1.5));
    INDArray scaled = v.mulColumnVector(magnitude(model).div(v.norm2(1)).reshape(OUT, 1));
    INDArray expected = x.mmul(scaled.transpose()).addRowVector(bias);
    assertClose(expected, OneLayer.rows(model, x, "sal"));
  }

  @Test
  void doraDropsOnlyTheInputOfTheBranch() {
    PeftModel model = trained("rank=2 alpha=2 dora=true dropout=0.5");
    INDArray mask = normal(7, 2 * TOKENS, IN).gt(0).castTo(DataType.DOUBLE).mul(2);
    INDArray v = weight.add(b(model).mmul(a(model)));
    INDArray gain = magnitude(model).div(v.norm2(1));
    INDArray dropped = x.mul(mask);
    INDArray expected =
        plain(x)
            .add(dropped.mmul(v.transpose()).mulRowVector(gain))
            .sub(dropped.mmul(weight.transpose()));
    assertClose(expected, withMask(model, mask));
  }

  @Test
  void doraPassesNoGradientThroughTheNorm() {
    PeftModel model = trained("rank=2 alpha=2 dora=true");
    SameDiff sd = model.target().graph();
    INDArray cotangent = normal(9, 2, TOKENS, OUT);
    SDVariable out = sd.getVariable(model.features("sal").get(0).name());
    sd.setLossVariables(out.mul(sd.constant("cotangent", cotangent)).sum().name());
    Map<String, INDArray> inputs = Map.of(OneLayer.IMAGE, image());
    INDArray found = sd.calculateGradients(inputs, "linear.lora_B").get("linear.lora_B");
    INDArray v = weight.add(b(model).mmul(a(model)));
    INDArray gain = magnitude(model).div(v.norm2(1));
    // with g = m/‖V‖ held fixed, y = g ⊙ (… + B A x): dB = (g ⊙ c)ᵀ (x Aᵀ)
    INDArray c = cotangent.reshape(2 * TOKENS, OUT).mulRowVector(gain);
    assertClose(c.transpose().mmul(x.mmul(a(model).transpose())), found);
  }

  @Test
  void dropoutOfLoraLeavesTheFrozenPathAlone() {
    PeftModel model = trained("rank=2 alpha=2 dropout=0.5");
    INDArray zeros = Nd4j.zeros(DataType.DOUBLE, 2 * TOKENS, IN);
    assertClose(plain(x), withMask(model, zeros));
    INDArray mask = normal(7, 2 * TOKENS, IN).gt(0).castTo(DataType.DOUBLE).mul(2);
    assertClose(plain(x).add(update(model, x.mul(mask))), withMask(model, mask));
  }

  @Test
  void aNormBeforeTheBranchLeavesTheFrozenPathAlone() {
    PeftModel model = trained("rank=2 alpha=3 norm=block");
    INDArray gain = model.arrays().get("linear.lora_norm.5.weight");
    INDArray offset = model.arrays().get("linear.lora_norm.5.bias");
    INDArray normed = Nd4j.create(DataType.DOUBLE, x.shape());
    for (int i = 0; i < x.size(0); i++) {
      double mean = 0;
      double variance = 0;
      for (int j = 0; j < IN; j++) {
        mean += x.getDouble(i, j) / IN;
      }
      for (int j = 0; j < IN; j++) {
        variance += Math.pow(x.getDouble(i, j) - mean, 2) / IN;
      }
      for (int j = 0; j < IN; j++) {
        double unit = (x.getDouble(i, j) - mean) / Math.sqrt(variance + 1e-5);
        normed.putScalar(i, j, gain.getDouble(j) * unit + offset.getDouble(j));
      }
    }
    assertClose(plain(x).add(update(model, normed).mul(1.5)), OneLayer.rows(model, x, "sal"));
  }

  @Test
  void pissaStartsAtThePrincipalPartAndLearnsBesideTheRest() {
    PeftModel model = layer.lora("rank=2 alpha=3 init=pissa", OneLayer.TASK);
    INDArray principal = b(model).mmul(a(model)).mul(1.5);
    // Eckart-Young: the rest is orthogonal to the principal part, on both sides
    INDArray rest = weight.sub(principal);
    assertClose(Nd4j.zeros(DataType.DOUBLE, OUT, OUT), rest.mmul(principal.transpose()));
    assertClose(Nd4j.zeros(DataType.DOUBLE, IN, IN), rest.transpose().mmul(principal));
    assertTrue(principal.norm2Number().doubleValue() > 0.5 * weight.norm2Number().doubleValue());
    // balanced: A Aᵀ = BᵀB = S/s
    assertClose(a(model).mmul(a(model).transpose()), b(model).transpose().mmul(b(model)));
    a(model).assign(normal(11, 2, IN));
    b(model).assign(normal(12, OUT, 2));
    INDArray now = rest.add(b(model).mmul(a(model)).mul(1.5));
    assertClose(x.mmul(now.transpose()).addRowVector(bias), OneLayer.rows(model, x, "sal"));
  }

  @Test
  void aWeightThatIsNotFiniteHasNoPrincipalPart() {
    INDArray broken = weight.dup();
    broken.putScalar(9, 2, Double.NaN);
    OneLayer other = OneLayer.of(broken, bias, TOKENS);
    InputException error =
        assertThrows(
            InputException.class,
            () -> other.lora("rank=4 init=pissa qkvParts=q,v", OneLayer.TASK));
    assertTrue(
        error.getMessage().contains("weight linear.weight holds NaN at [9, 2]"),
        error.getMessage());
  }

  @Test
  void splitPissaTakesThePrincipalPartOfEachPart() {
    PeftModel model = layer.lora("rank=4 alpha=4 init=pissa qkvParts=q,v", OneLayer.TASK);
    // rank 4 is all of a part [4, 5], so the pairs hold the parts themselves
    INDArray a = a(model);
    INDArray b = b(model);
    for (int pair = 0; pair < 2; pair++) {
      INDArray product = rows(b, pair * 4, 4).mmul(rows(a, pair * 4, 4));
      assertClose(rows(weight, pair == 0 ? 0 : 8, 4), product);
    }
  }

  @Test
  void everyTaskHasItsOwnPairAndBias() {
    List<Task> tasks = List.of(new Task("sal", 1), new Task("edge", 1));
    PeftModel model = layer.lora("rank=2 alpha=2 perTask=true bias=lora-only dora=true", tasks);
    assertEquals(
        Set.of(
            "linear.lora_A.sal",
            "linear.lora_A.edge",
            "linear.lora_B.sal",
            "linear.lora_B.edge",
            "linear.lora_magnitude_vector.sal",
            "linear.lora_magnitude_vector.edge",
            "linear.bias@sal",
            "linear.bias@edge"),
        model.arrays().keySet());
    model.arrays().get("linear.bias@edge").addi(1);
    model.arrays().get("linear.lora_B.edge").addi(1);
    assertClose(plain(x), OneLayer.rows(model, x, "sal"));
    double moved = OneLayer.rows(model, x, "edge").sub(plain(x)).norm2Number().doubleValue();
    assertTrue(moved > 1, "the other task has not moved");
  }

  @Test
  void aRowOfZeroWeightsDoesNotGiveNaN() {
    INDArray dead = weight.dup();
    dead.getRow(0).assign(0);
    PeftModel model = OneLayer.of(dead, bias, TOKENS).lora("rank=2 dora=true", OneLayer.TASK);
    assertClose(x.mmul(dead.transpose()).addRowVector(bias), OneLayer.rows(model, x, "sal"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rank=2 alpha=3",
        "rank=2 dora=true",
        "rank=2 dora=true dropout=0.3 bias=all",
        "rank=2 init=pissa",
        "rank=3 qkvParts=q,k init=pissa dora=true",
      })
  void mergingFoldsEveryVariantIntoTheWeight(String options) {
    PeftModel model = trained(options);
    PeftModel merged = model.merge();
    assertEquals(Set.of(), merged.arrays().keySet());
    assertClose(OneLayer.rows(model, x, "sal"), OneLayer.rows(merged, x, "sal"));
  }

  /** The layer with parameters that are far from their start. */
  private PeftModel trained(String options) {
    PeftModel model = layer.lora(options, OneLayer.TASK);
    int seed = 20;
    for (INDArray array : model.arrays().values()) {
      array.assign(normal(seed++, array.shape()));
    }
    return model;
  }

  private INDArray withMask(PeftModel model, INDArray mask) {
    Map<String, INDArray> inputs = new HashMap<>();
    inputs.put(OneLayer.IMAGE, image());
    inputs.put("linear.lora_dropout.mask", mask);
    String feature = model.features("sal").get(0).name();
    return model.target().graph().output(inputs, feature).get(feature).reshape(2 * TOKENS, OUT);
  }

  private INDArray image() {
    return x.dup().reshape(2, 1, TOKENS, IN);
  }

  private INDArray plain(INDArray rows) {
    return rows.mmul(weight.transpose()).addRowVector(bias);
  }

  /** {@code x Aᵀ Bᵀ}, without the scale. */
  private INDArray update(PeftModel model, INDArray rows) {
    return rows.mmul(a(model).transpose()).mmul(b(model).transpose());
  }

  private static INDArray a(PeftModel model) {
    return model.arrays().get("linear.lora_A");
  }

  private static INDArray b(PeftModel model) {
    return model.arrays().get("linear.lora_B");
  }

  private static INDArray magnitude(PeftModel model) {
    return model.arrays().get("linear.lora_magnitude_vector");
  }

  private static INDArray rows(INDArray matrix, int from, int count) {
    return matrix.get(NDArrayIndex.interval(from, from + count), NDArrayIndex.all()).dup();
  }

  private static INDArray normal(long seed, long... shape) {
    Random random = new Random(seed);
    double[] values = random.doubles(Nd4j.zeros(shape).length()).map(v -> 2 * v - 1).toArray();
    return Nd4j.create(values, shape, 'c');
  }

  private static void assertClose(INDArray expected, INDArray actual) {
    double error = expected.sub(actual).amaxNumber().doubleValue();
    double size = Math.max(1, expected.amaxNumber().doubleValue());
    assertEquals(0, error / size, TOLERANCE, () -> expected + "\nis not\n" + actual);
  }
}
