package io.peft4j.backbones.swin;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.Streams;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.build.Golden;
import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.weights.WeightSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A golden fixture of a Swin: its configuration, weights, input and expected values. */
record SwinFixture(SwinConfig config, Path weights, Map<String, INDArray> tensors) {
  static SwinFixture load(String name, Padding padding) {
    JsonNode json = Golden.json(name + ".json");
    JsonNode c = json.get("config");
    return new SwinFixture(
        config(name, c).withPadding(padding),
        Golden.file(json.get("weights").asText()),
        Safetensors.read(Golden.file(name + ".safetensors")));
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

  Backbone build(DataType type) {
    return Swin.build(config, WeightSource.file(weights), type);
  }

  INDArray tensor(String name, DataType type) {
    INDArray found = tensors.get(name);
    if (found == null) {
      throw new IllegalArgumentException("fixture has no " + name + ": " + tensors.keySet());
    }
    return found.castTo(type);
  }
}
