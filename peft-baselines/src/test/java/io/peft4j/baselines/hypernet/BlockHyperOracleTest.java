package io.peft4j.baselines.hypernet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.baselines.bottleneck.BlockOracle;
import io.peft4j.baselines.bottleneck.Bottleneck;
import io.peft4j.baselines.bottleneck.NormPlace;
import io.peft4j.baselines.bottleneck.Params;
import io.peft4j.baselines.bottleneck.PlainAdapter.PlainWeights;
import io.peft4j.baselines.bottleneck.ToyBlocks;
import io.peft4j.baselines.hyperformer.HyperformerConfig;
import io.peft4j.baselines.polyhistor.PolyhistorConfig;
import io.peft4j.graph.PeftModel;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** HyperFormer and Polyhistor compute the equations of their papers, written out in plain Java. */
class BlockHyperOracleTest {
  private static final ToyBlocks BLOCKS = ToyBlocks.of(4, 6);
  private static final String SMALL = " taskEmbedding=3 hidden=5 projected=4";

  @ParameterizedTest
  @CsvSource({
    "hyperformer, reduction=2, 0, 0",
    "hyperformer, reduction=4 positions=mlp norm=pre insertion=parallel, 0, 0",
    "hyperformer, reduction=3 positions=attention norm=none activation=gelu, 0, 0",
    "polyhistor, reduction=2, 1, 1", // d = 2 and 3: a quarter is nothing, so one
    "polyhistor, reduction=2 positions=attention|mlp norm=pre rank=2, 2, 2",
    "polyhistor, reduction=1 rank=-2 norm=none, 2, 3",
    "polyhistor, reduction=4 norm=pre, 1, 1", // d = 1
  })
  void equalsThePlainAdapter(String method, String options, int rank0, int rank1) {
    PeftModel model =
        BlockOracle.trained(BlockOracle.adapt(BLOCKS, method, options.replace('|', ',') + SMALL));
    Bottleneck shape =
        model.config() instanceof HyperformerConfig c
            ? c.adapters().bottleneck()
            : ((PolyhistorConfig) model.config()).adapters().bottleneck();
    new BlockOracle(
            BLOCKS,
            model,
            shape,
            (site, stage, width, task, params) ->
                weights(shape, site, stage, width, task, params, stage == 0 ? rank0 : rank1))
        .check();
  }

  private static PlainWeights weights(
      Bottleneck shape, String site, int stage, int c, String task, Params params, int rank) {
    double[] e = params.vector("task_embedding." + task);
    double[] z = PlainHyper.z(params, "layers." + stage + ".blocks.0.hypernet.", e);
    int d = c / shape.reduction();
    String from = site + ".hypernet.";
    return new PlainWeights(
        PlainHyper.matrix(PlainHyper.affine(params, from + "down.weight", z), d, c, rank),
        PlainHyper.affine(params, from + "down.bias", z),
        PlainHyper.matrix(PlainHyper.affine(params, from + "up.weight", z), c, d, rank),
        PlainHyper.affine(params, from + "up.bias", z),
        shape.norm() == NormPlace.NONE
            ? Optional.empty()
            : Optional.of(
                new double[][] {
                  PlainHyper.affine(params, from + "norm.weight", z),
                  PlainHyper.affine(params, from + "norm.bias", z)
                }));
  }

  @Test
  void layersStartSmallAndEmbeddingsStandardNormal() {
    PeftModel model = BlockOracle.adapt(ToyBlocks.of(16), "hyperformer", "");
    assertFalse(model.rewrite().identityAtStart());
    assertEquals(1, deviation(model, "task_embedding.depth"), 0.1);
    assertEquals(0.01, deviation(model, "layers.0.blocks.0.hypernet.in.weight"), 1e-3);
    assertEquals(
        0.01, deviation(model, "layers.0.blocks.0.mlp.out.hypernet.norm.weight.weight"), 1e-3);
    assertEquals(0, deviation(model, "layers.0.blocks.0.mlp.out.hypernet.down.weight.bias"));
  }

  @ParameterizedTest
  @CsvSource({
    "hyperformer, norm=none",
    "hyperformer, norm=post",
    "polyhistor, norm=pre",
    "polyhistor, norm=post",
  })
  void anIdentityStartIsTheFrozenBackbone(String method, String options) {
    PeftModel model =
        BlockOracle.adapt(BLOCKS, method, "reduction=2 init=identity " + options + SMALL);
    assertTrue(model.rewrite().identityAtStart());
    PeftModel frozen = BlockOracle.adapt(BLOCKS, "decoders-only", "");
    INDArray image = Nd4j.createFromArray(0.5, -1, 2, 0, 1, 3, -2, 0.25, 1, 1, 0, -1);
    image = image.reshape(1, 1, 3, 4);
    assertArrayEquals(
        frozen.features(image).get("depth").get(1).data().asDouble(),
        model.features(image).get("depth").get(1).data().asDouble());
  }

  @Test
  void aRankAboveTheBottlenecksWidthIsRefused() {
    InputException error =
        assertThrows(
            InputException.class,
            () -> BlockOracle.adapt(BLOCKS, "polyhistor", "reduction=2 rank=3"));
    assertTrue(
        error.getMessage().startsWith("rank 3 is larger than generated weights of 2 by 4 allow"),
        error.getMessage());
  }

  private static double deviation(PeftModel model, String name) {
    INDArray array = model.arrays().get(name);
    double mean = array.meanNumber().doubleValue();
    return array.sub(mean).norm2Number().doubleValue() / Math.sqrt(array.length());
  }
}
