package io.peft4j.baselines.vladapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.baselines.bottleneck.BlockOracle;
import io.peft4j.baselines.bottleneck.Params;
import io.peft4j.baselines.bottleneck.PlainAdapter.PlainWeights;
import io.peft4j.baselines.bottleneck.ToyBlocks;
import io.peft4j.baselines.vladapter.VlAdapterConfig.Sharing;
import io.peft4j.graph.PeftModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks share what the variant says, and compute the equation of the paper with it. */
class VlAdapterOracleTest {
  private static final ToyBlocks BLOCKS = ToyBlocks.of(4, 6);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sharing=single reduction=2",
        "sharing=shared-down reduction=2 norm=pre",
        "sharing=shared-up reduction=2 norm=post positions=mlp",
        "sharing=multiple reduction=1 norm=pre insertion=parallel",
      })
  void equalsThePlainAdapter(String options) {
    PeftModel model = BlockOracle.trained(BlockOracle.adapt(BLOCKS, "vl-adapter", options));
    VlAdapterConfig config = (VlAdapterConfig) model.config();
    new BlockOracle(
            BLOCKS,
            model,
            config.bottleneck(),
            (site, stage, width, task, params) -> weights(config, site, task, params))
        .check();
  }

  private static PlainWeights weights(
      VlAdapterConfig config, String site, String task, Params params) {
    Sharing sharing = config.sharing();
    String down = sharing == Sharing.SINGLE || sharing == Sharing.SHARED_DOWN ? "" : "." + task;
    String up = sharing == Sharing.SINGLE || sharing == Sharing.SHARED_UP ? "" : "." + task;
    return PlainWeights.trained(params, site, down, up, "");
  }

  @Test
  void aSingleAdapterNeedsOnePassOfTheBackbone() {
    PeftModel single = BlockOracle.adapt(BLOCKS, "vl-adapter", "reduction=2");
    assertEquals(single.features("semseg"), single.features("depth"));
    assertFalse(single.rewrite().identityAtStart());
    PeftModel half = BlockOracle.adapt(BLOCKS, "vl-adapter", "reduction=2 sharing=shared-up");
    assertTrue(!half.features("semseg").equals(half.features("depth")));
  }
}
