package io.peft4j.backbones.swin;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.Streams;
import io.peft4j.backbones.build.GoldenModel;
import io.peft4j.backbones.build.Padding;
import java.util.List;

/** Golden models of the original Swin. */
final class SwinFixture {
  private SwinFixture() {}

  static GoldenModel<SwinConfig> load(String name, Padding padding) {
    return GoldenModel.load(name, c -> config(name, c).withPadding(padding));
  }

  /** The configuration under the field names of the reference code. */
  static SwinConfig config(String id, JsonNode c) {
    JsonNode size = c.get("img_size");
    int height = size.isArray() ? size.get(0).asInt() : size.asInt();
    int width = size.isArray() ? size.get(1).asInt() : size.asInt();
    return Swin.preset("swin-tiny")
        .withId(id)
        .withStages(
            c.get("embed_dim").asInt(), integers(c.get("depths")), integers(c.get("num_heads")))
        .withWindowSize(c.get("window_size").asInt())
        .withMlpRatio(c.get("mlp_ratio").asDouble())
        .withPatchSize(c.get("patch_size").asInt())
        .withImage(height, width)
        .withClasses(c.get("num_classes").asInt());
  }

  private static List<Integer> integers(JsonNode array) {
    return Streams.stream(array).map(JsonNode::asInt).toList();
  }
}
