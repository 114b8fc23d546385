package io.peft4j.backbones.swin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.backbones.weights.WeightSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;
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
    JsonNode golden = SwinFixture.json("model_keys.json").get("models").get(model);
    SwinConfig config =
        SwinFixture.config(Swin.preset(model.replace('_', '-')).id(), golden.get("config"));
    assertEquals(
        config, Swin.preset(config.id()).withImage(224, 224).withClasses(1000), "the preset");

    Backbone swin = Swin.build(config, WeightSource.shapesOnly(), DataType.FLOAT);

    assertFalse(swin.hasWeights());
    Map<String, Shape> params = new TreeMap<>();
    swin.params().forEach(p -> params.put(p.path(), p.shape()));
    assertEquals(entries(golden, "param"), params);
    assertEquals(golden.get("params_total").asLong(), numbers(swin.params()));
    for (Param p : swin.params()) {
      SDVariable v = swin.graph().getVariable(p.path());
      assertEquals(p.shape(), Shape.of(v.placeholderShape()), p.path());
    }
    assertEquals(encoder, numbers(Swin.params(config.withClasses(0))), "without classifier");
    assertEquals(
        encoder,
        numbers(Swin.params(config.withClasses(0).withImage(448, 448))),
        "the image size adds no parameter");
  }

  @ParameterizedTest
  @CsvSource({"swin_tiny", "swin_small"})
  void shiftMasksHaveTheNamesAndShapesOfTheBuffers(String model) {
    JsonNode golden = SwinFixture.json("model_keys.json").get("models").get(model);
    SwinConfig config = Swin.preset(model.replace('_', '-')).withImage(224, 224);

    Backbone swin = Swin.build(config, WeightSource.shapesOnly(), DataType.FLOAT);

    Map<String, Shape> masks = new TreeMap<>();
    for (SDVariable v : swin.graph().variables()) {
      if (v.name().endsWith("attn_mask")) {
        masks.put(v.name(), Shape.of(v.getArr().shape()));
      }
    }
    Map<String, Shape> expected = entries(golden, "buffer");
    expected.keySet().removeIf(name -> !name.endsWith("attn_mask"));
    assertFalse(expected.isEmpty());
    assertEquals(expected, masks);
  }

  private static Map<String, Shape> entries(JsonNode golden, String kind) {
    Map<String, Shape> entries = new TreeMap<>();
    for (JsonNode key : golden.get("keys")) {
      if (key.get(2).asText().equals(kind)) {
        LongStream dims =
            StreamSupport.stream(key.get(1).spliterator(), false).mapToLong(JsonNode::asLong);
        entries.put(key.get(0).asText(), Shape.of(dims.toArray()));
      }
    }
    return entries;
  }

  private static long numbers(List<Param> params) {
    return params.stream().mapToLong(p -> p.shape().size()).sum();
  }
}
