package io.peft4j.graph.ops;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.factory.Nd4j;

/** A graph that would train wrongly is refused, and the message tells what to write instead. */
class GraphAuditTest {
  private final SameDiff sd = SameDiff.create();
  private final SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
  private final SDVariable w = sd.var("w", Nd4j.ones(DataType.DOUBLE, 4, 4));

  private List<String> findings(SDVariable output) {
    return findings(List.of("w"), output);
  }

  private List<String> findings(List<String> trainables, SDVariable output) {
    return assertThrows(
            AuditException.class, () -> GraphAudit.check(sd, trainables, List.of(output.name())))
        .findings();
  }

  private void assertOnly(List<String> findings, String... parts) {
    assertEquals(1, findings.size(), findings::toString);
    for (String part : parts) {
      assertTrue(findings.get(0).contains(part), findings.get(0));
    }
  }

  /** The one finding for an operation on x w. */
  private void assertRefused(BiFunction<SameDiff, SDVariable, SDVariable> use, String... parts) {
    SDVariable y = use.apply(sd, x.mmul(w)).rename("refused");
    assertOnly(findings(y), parts);
  }

  @Test
  void arithmeticIsAdmitted() {
    SDVariable y = x.mmul(w).add(1).mul(x).div(2).sub(w.mean(0)).neg();
    SDVariable loss = y.reshape(-1, 2, 2).permute(0, 2, 1).sum();
    assertDoesNotThrow(() -> GraphAudit.check(sd, List.of("w"), List.of(loss.name())));
  }

  @Test
  void gather() {
    assertRefused(
        (g, y) -> g.gather(y, g.constant(Nd4j.createFromArray(0, 1)), 1),
        "gather",
        "'refused'",
        "Ops.lookup");
  }

  @Test
  void dropout() {
    assertRefused((g, y) -> g.nn().dropout(y, 0.5), "dropout", "'refused'", "Emit.dropout");
  }

  @Test
  void randomDraws() {
    SDVariable noise = sd.random().normal(0, 1, DataType.DOUBLE, 4);
    assertOnly(findings(x.mmul(w).mul(noise)), "random", "placeholder");
  }

  @Test
  void fusedLosses() {
    assertRefused(
        (g, y) ->
            g.loss()
                .softmaxCrossEntropy(
                    "loss", g.getVariable("x"), y, g.constant(Nd4j.scalar(DataType.DOUBLE, 1))),
        "softmax_cross_entropy_loss",
        "compose the loss");
  }

  @Test
  void otherOperationsWithAReplacement() {
    assertRefused(
        (g, y) -> g.nn().layerNorm(y, g.constant(Nd4j.ones(DataType.DOUBLE, 4)), false, 1),
        "layer_norm",
        "Ops.layerNorm");
  }

  @Test
  void divisionByOneElement() {
    assertRefused((g, y) -> y.div(y.sum()), "divide", "y.rdiv(1.0)");
  }

  /** A count of valid pixels has no gradient, so dividing by it is right. */
  @Test
  void divisionByOneElementOfNoConsequenceIsAdmitted() {
    SDVariable y = x.mmul(w).div(x.gt(0).castTo(DataType.DOUBLE).sum());
    assertDoesNotThrow(() -> GraphAudit.check(sd, List.of("w"), List.of(y.name())));
  }

  @Test
  void negativeAxisWithKeptDimensions() {
    assertRefused((g, y) -> y.mean(true, -1), "reduce_mean", "negative axis", "Ops.mean");
  }

  @Test
  void sumsOverTheBatch() {
    assertRefused((g, y) -> y.sum(0), "reduce_sum", "axis 0", "Ops.sum");
  }

  @Test
  void rangesOfWhatMayBeOneRow() {
    assertRefused(
        (g, y) -> y.reshape(1, -1).get(SDIndex.all(), SDIndex.interval(1, 2)),
        "strided_slice",
        "Ops.slice");
  }

  @Test
  void pointIndices() {
    assertRefused((g, y) -> y.get(SDIndex.all(), SDIndex.point(1)), "strided_slice", "Ops.slice");
  }

  @Test
  void transposedProductsOfOneElement() {
    SDVariable row = sd.constant(Nd4j.ones(DataType.DOUBLE, 1, 4));
    assertRefused((g, y) -> g.mmul(y, row, false, true, false), "matmul", "Ops.linear");
  }

  @Test
  void dimensionsThatDependOnTheBatch() {
    assertRefused(
        (g, y) ->
            new AuditedOps(g).slice(y, 1, 0, 1).add(g.constant(Nd4j.ones(DataType.DOUBLE, 4))),
        "add",
        "reshape the second to [1, n]");
  }

  /** SameDiff clones it to the stock class when it builds gradients. */
  static final class OwnProduct extends Mmul {
    OwnProduct(SameDiff sd, SDVariable a, SDVariable b) {
      super(sd, a, b, false, false, false);
    }
  }

  @Test
  void subclassesOfUsers() {
    SDVariable y = new OwnProduct(sd, x, w).outputVariable();
    assertOnly(findings(y), "OwnProduct", "gradient of Mmul", "compose it");
  }

  @Test
  void unreachableTrainables() {
    sd.var("lost", Nd4j.ones(DataType.DOUBLE, 4));
    sd.var("hidden", Nd4j.ones(DataType.DOUBLE, 4));
    SDVariable hidden = new AuditedOps(sd).stopGradient(sd.getVariable("hidden"));
    SDVariable y = x.mmul(w).add(hidden);
    List<String> findings = findings(List.of("w", "lost", "hidden"), y);
    assertEquals(2, findings.size(), findings::toString);
    assertTrue(findings.get(0).contains("'lost'"), findings::toString);
    assertTrue(findings.get(1).contains("'hidden'"), findings::toString);
  }

  @Test
  void nothingToTrain() {
    assertOnly(findings(List.of(), x.mmul(w)), "nothing is trainable");
  }

  @Test
  void trainablesThatAreNotVariables() {
    SDVariable y = x.mmul(w);
    assertOnly(findings(List.of("w", "x"), y), "'x' is a PLACEHOLDER");
    assertOnly(findings(List.of("w", "w"), y), "'w' is named twice");
    assertOnly(findings(List.of("w", "ww"), y), "'ww' is not in the graph", "did you mean 'w'");
  }

  @Test
  void aPlaceholderDeclaredAgain() {
    SDVariable y = x.mmul(w);
    sd.placeHolder("x", DataType.DOUBLE, -1, 4);
    assertOnly(findings(y), "placeholder 'x' was declared twice", "getVariable");
  }

  @Test
  void outputsThatDoNotExist() {
    x.mmul(w).rename("logits");
    List<String> findings =
        assertThrows(
                AuditException.class, () -> GraphAudit.check(sd, List.of("w"), List.of("logit")))
            .findings();
    assertTrue(findings.get(0).contains("did you mean 'logits'"), findings::toString);
  }

  @Test
  void allFindingsAreListedAtOnce() {
    sd.var("lost", Nd4j.ones(DataType.DOUBLE, 4));
    SDVariable y = sd.nn().swish(x.mmul(w)).mean(true, -1);
    AuditException e =
        assertThrows(
            AuditException.class,
            () -> GraphAudit.check(sd, List.of("w", "lost"), List.of(y.name())));
    assertTrue(e.getMessage().contains("Ops.silu"), e.getMessage());
    assertTrue(e.getMessage().contains("'lost'"), e.getMessage());
  }
}
