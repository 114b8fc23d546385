package io.peft4j.baselines.compacter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.baselines.bottleneck.BlockOracle;
import io.peft4j.baselines.bottleneck.Loops;
import io.peft4j.baselines.bottleneck.Params;
import io.peft4j.baselines.bottleneck.PlainAdapter.PlainWeights;
import io.peft4j.baselines.bottleneck.ToyBlocks;
import io.peft4j.baselines.oracle.Dense;
import io.peft4j.graph.PeftModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Compacter computes the equations of its paper, written out in plain Java. */
class CompacterOracleTest {
  private static final ToyBlocks BLOCKS = ToyBlocks.of(4, 8);

  @ParameterizedTest
  @CsvSource({
    "compacter, reduction=2 terms=2",
    "compacter, reduction=2 terms=2 rank=2 perTask=true norm=pre activation=swish",
    "compacter-plus, reduction=1 terms=4 perTask=true",
    "compacter-plus, reduction=2 terms=2 rank=3 norm=post insertion=parallel",
  })
  void equalsThePlainAdapter(String method, String options) {
    PeftModel model = BlockOracle.trained(BlockOracle.adapt(BLOCKS, method, options));
    CompacterConfig config =
        model.config() instanceof CompacterPlusConfig plus
            ? plus.compacter()
            : (CompacterConfig) model.config();
    new BlockOracle(
            BLOCKS,
            model,
            config.bottleneck(),
            (site, stage, width, task, params) ->
                weights(site, config.perTask() ? "." + task : "", params))
        .check();
  }

  private static PlainWeights weights(String site, String end, Params params) {
    String path = site + ".adapter.";
    double[][][] rule = params.matrices("phm_rule" + end);
    return new PlainWeights(
        weight(rule, path + "down", end, params),
        params.vector(path + "down.bias" + end),
        weight(rule, path + "up", end, params),
        params.vector(path + "up.bias" + end),
        PlainWeights.trainedNorm(params, site, end));
  }

  /** {@code (Σ Aᵢ ⊗ lᵢ rᵢ)ᵀ}. */
  private static double[][] weight(double[][][] rule, String path, String end, Params params) {
    double[][][] left = params.matrices(path + ".left" + end);
    double[][][] right = params.matrices(path + ".right" + end);
    int n = rule.length;
    double[][] sum = new double[n * left[0].length][n * right[0][0].length];
    for (int i = 0; i < n; i++) {
      Loops.addKronecker(sum, rule[i], Dense.product(left[i], right[i]));
    }
    return Dense.transposed(sum);
  }

  @Test
  void oneRuleServesEverySiteAndBothProjections() {
    PeftModel model = BlockOracle.adapt(BLOCKS, "compacter", "perTask=true terms=2");
    assertEquals(2, model.arrays().keySet().stream().filter(n -> n.startsWith("phm_rule")).count());
    // per task: n³, and 3C + 3d at each of the two sites of the two stages
    assertEquals(
        2 * (8 + 2 * 3 * (4 + 2) + 2 * 3 * (8 + 4)),
        model.rewrite().declaredParameters().orElseThrow());
  }

  @Test
  void startsWithATinyRuleAndGlorotFactors() {
    PeftModel model = BlockOracle.adapt(ToyBlocks.of(64), "compacter", "ruleStd=0.01");
    assertFalse(model.rewrite().identityAtStart());
    assertEquals(0.01, model.arrays().get("phm_rule").stdNumber().doubleValue(), 2e-3);
    INDArray left = model.arrays().get("layers.0.blocks.0.mlp.out.adapter.down.left");
    double bound = Math.sqrt(2) * Math.sqrt(6.0 / 17); // of [16, 1] matrices
    assertTrue(left.amaxNumber().doubleValue() <= bound);
    assertEquals(bound / Math.sqrt(3), left.stdNumber().doubleValue(), 0.1);
  }

  @Test
  void widthsThatTheNumberOfTermsDoesNotDivideAreRefused() {
    InputException error =
        assertThrows(
            InputException.class, () -> BlockOracle.adapt(BLOCKS, "compacter", "reduction=2"));
    assertEquals(
        "terms 4 must divide the widths 4 and 2 of the adapter at layers.0.blocks.0.attn.out;"
            + " change terms or reduction",
        error.getMessage());
  }
}
