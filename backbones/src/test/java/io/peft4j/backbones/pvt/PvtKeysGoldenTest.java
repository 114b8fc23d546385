package io.peft4j.backbones.pvt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.build.Golden;
import io.peft4j.backbones.weights.WeightSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Names, shapes and numbers of the parameters are those of the published models. */
class PvtKeysGoldenTest {
  @ParameterizedTest
  @CsvSource({"pvt_tiny", "pvt_small", "pvt_medium", "pvt_large"})
  void parametersEqualTheStateDict(String model) {
    JsonNode golden = Golden.json("model_keys.json").get("models").get(model);
    PvtConfig config = PvtFixture.config(model.replace('_', '-'), golden.get("config"));
    assertEquals(config, Pvt.preset(config.id()).withImage(224, 224), "the preset");

    Backbone pvt = Pvt.build(config.withClasses(1000), WeightSource.shapesOnly(), DataType.FLOAT);

    Golden.assertParameters(golden, pvt);
    long encoder = golden.get("params_without_head").asLong();
    long normAndToken = 3L * 512;
    assertEquals(encoder - normAndToken, Golden.numbers(config.params()), "dense");
    assertEquals(
        encoder - normAndToken,
        Golden.numbers(config.withImage(448, 448).params()),
        "the image size adds no parameter");
  }
}
