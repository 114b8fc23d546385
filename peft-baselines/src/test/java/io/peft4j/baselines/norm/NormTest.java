package io.peft4j.baselines.norm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.routing.Stream;
import io.peft4j.baselines.Published;
import io.peft4j.baselines.oracle.Dense;
import io.peft4j.baselines.oracle.SiteOracle;
import io.peft4j.graph.PeftModel;
import io.peft4j.testkit.MicroBackbones;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Gains and offsets are trained, as many as there are. */
class NormTest {
  @Test
  void theNormBeforeAnAttention() {
    SiteOracle oracle = SiteOracle.of(MicroBackbones.swin(), "norm", Map.of("perTask", "true"));
    Stream stream = Stream.of("depth");
    AttentionSite site =
        oracle.model().backbone().sites().stream()
            .filter(AttentionSite.class::isInstance)
            .map(AttentionSite.class::cast)
            .findFirst()
            .orElseThrow();
    double[][] x = oracle.rows(site.normIn(), stream);
    String norm = "layers.0.blocks.0.norm1";
    Map<String, String> names =
        Map.of("gain", norm + ".weight@depth", "offset", norm + ".bias@depth");
    oracle.check(
        site.normOut(),
        stream,
        names,
        p -> Dense.layerNorm(x, p.get("gain")[0], p.get("offset")[0], 1e-5));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "; 23232", // 17,664 of the blocks, 192 of the embedding, 5,376 of the merging
        "offsets=false; 11616",
        "gains=false perTask=true; 46464",
      })
  void numbersOnSwinTiny(String options, long numbers) {
    PeftModel model = Published.count("swin-tiny", "norm", options == null ? "" : options);
    Published.assertTrains(numbers, model);
    assertEquals(0, model.parameters().adapter());
  }
}
