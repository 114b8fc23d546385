package io.peft4j.baselines.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.baselines.bottleneck.BlockOracle;
import io.peft4j.baselines.bottleneck.PlainAdapter.PlainWeights;
import io.peft4j.baselines.bottleneck.ToyBlocks;
import io.peft4j.graph.PeftModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Adapters compute the equation of the paper, written out in plain Java, forward and backward. */
class AdapterOracleTest {
  private static final ToyBlocks BLOCKS = ToyBlocks.of(4, 6);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "reduction=2 perTask=true",
        "reduction=2 norm=pre activation=swish",
        "reduction=2 norm=post activation=gelu-tanh perTask=true scale=0.5",
        "reduction=1 positions=mlp activation=relu",
        "reduction=4 positions=attention",
        "reduction=2 insertion=parallel activation=swish perTask=true",
        "reduction=2 insertion=parallel norm=pre scale=2 positions=mlp",
        "reduction=2 insertion=parallel norm=post positions=attention",
      })
  void equalsThePlainAdapter(String options) {
    PeftModel model = BlockOracle.trained(BlockOracle.adapt(BLOCKS, "adapter", options));
    AdapterConfig config = (AdapterConfig) model.config();
    new BlockOracle(
            BLOCKS,
            model,
            config.bottleneck(),
            (site, stage, width, task, params) -> {
              String end = config.perTask() ? "." + task : "";
              return PlainWeights.trained(params, site, end, end, end);
            })
        .check();
  }

  @Test
  void thePapersStartIsNearTheIdentity() {
    PeftModel model = BlockOracle.adapt(ToyBlocks.of(64), "adapter", "reduction=2");
    INDArray down = model.arrays().get("layers.0.blocks.0.mlp.out.adapter.down.weight");
    assertEquals(0.01, down.stdNumber().doubleValue(), 1e-3);
    assertEquals(0, down.meanNumber().doubleValue(), 1e-3);
    assertEquals(
        0,
        model.arrays().get("layers.0.blocks.0.mlp.out.adapter.up.bias").amaxNumber().doubleValue());
    assertTrue(!model.rewrite().identityAtStart());
  }

  @Test
  void pyTorchsStartIsUniformInOneOverTheRootOfTheInput() {
    PeftModel model = BlockOracle.adapt(ToyBlocks.of(64), "adapter", "reduction=2 init=linear");
    for (String local : new String[] {"up.weight", "up.bias"}) {
      INDArray up = model.arrays().get("layers.0.blocks.0.mlp.out.adapter." + local);
      double bound = 1 / Math.sqrt(32);
      assertTrue(up.amaxNumber().doubleValue() <= bound, local);
      assertEquals(bound / Math.sqrt(3), up.stdNumber().doubleValue(), 0.02, local);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "pre", "post"})
  void anIdentityStartIsTheFrozenBackbone(String norm) {
    PeftModel model =
        BlockOracle.adapt(BLOCKS, "adapter", "reduction=2 init=identity norm=" + norm);
    assertTrue(model.rewrite().identityAtStart());
    PeftModel frozen = BlockOracle.adapt(BLOCKS, "decoders-only", "");
    INDArray image =
        org.nd4j.linalg.factory.Nd4j.linspace(DataType.DOUBLE, -1, 0.1, 24).reshape(2, 1, 3, 4);
    for (int s = 0; s < 2; s++) {
      assertArrayEquals(
          frozen.features(image).get("depth").get(s).data().asDouble(),
          model.features(image).get("depth").get(s).data().asDouble());
    }
  }
}
