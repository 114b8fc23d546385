package io.peft4j.backbones.swin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.build.Golden;
import io.peft4j.backbones.weights.WeightSource;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;

/** Names, shapes and numbers of the parameters are those of the published models. */
class SwinKeysGoldenTest {
  @ParameterizedTest
  @CsvSource({
    "swin_tiny, 27517818",
    "swin_small, 48835722",
    "swin_base, 86741176",
    "swin_large, 194992404",
  })
  void parametersEqualTheStateDict(String model, long encoder) {
    JsonNode golden = Golden.json("model_keys.json").get("models").get(model);
    SwinConfig config =
        SwinFixture.config(Swin.preset(model.replace('_', '-')).id(), golden.get("config"));
    assertEquals(
        config, Swin.preset(config.id()).withImage(224, 224).withClasses(1000), "the preset");

    Backbone swin = Swin.build(config, WeightSource.shapesOnly(), DataType.FLOAT);

    Golden.assertParameters(golden, swin);
    assertEquals(encoder, Golden.numbers(config.withClasses(0).params()), "without classifier");
    assertEquals(
        encoder,
        Golden.numbers(config.withClasses(0).withImage(448, 448).params()),
        "the image size adds no parameter");
  }

  @ParameterizedTest
  @CsvSource({"swin_tiny", "swin_small"})
  void shiftMasksHaveTheNamesAndShapesOfTheBuffers(String model) {
    JsonNode golden = Golden.json("model_keys.json").get("models").get(model);
    SwinConfig config = Swin.preset(model.replace('_', '-')).withImage(224, 224);

    Backbone swin = Swin.build(config, WeightSource.shapesOnly(), DataType.FLOAT);

    Map<String, Shape> masks = new TreeMap<>();
    for (SDVariable v : swin.graph().variables()) {
      if (v.name().endsWith("attn_mask")) {
        masks.put(v.name(), Shape.of(v.getArr().shape()));
      }
    }
    Map<String, Shape> expected = Golden.stateDict(golden, "buffer");
    expected.keySet().removeIf(name -> !name.endsWith("attn_mask"));
    assertFalse(expected.isEmpty());
    assertEquals(expected, masks);
  }
}
