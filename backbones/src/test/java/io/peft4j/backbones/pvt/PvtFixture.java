package io.peft4j.backbones.pvt;

import com.fasterxml.jackson.databind.JsonNode;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.build.Golden;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.weights.WeightSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A golden fixture of a PVT: its configuration, weights, input and expected values. */
record PvtFixture(PvtConfig config, Path weights, Map<String, INDArray> tensors) {
  private static final int CLASSES = 10;

  static PvtFixture load(String name) {
    JsonNode json = Golden.json(name + ".json");
    JsonNode c = json.get("config");
    JsonNode input = c.get("input");
    return new PvtFixture(
        config(name, c).withImage(input.get(0).asInt(), input.get(1).asInt()).withClasses(CLASSES),
        Golden.file(json.get("weights").asText()),
        Safetensors.read(Golden.file(name + ".safetensors")));
  }

  /** The configuration under the field names of the reference code, for images of its tables. */
  static PvtConfig config(String id, JsonNode c) {
    List<PvtConfig.Stage> stages = new ArrayList<>();
    for (int s = 0; s < c.get("depths").size(); s++) {
      stages.add(
          new PvtConfig.Stage(
              c.get("embed_dims").get(s).asInt(),
              c.get("depths").get(s).asInt(),
              c.get("num_heads").get(s).asInt(),
              c.get("mlp_ratios").get(s).asInt(),
              c.get("sr_ratios").get(s).asInt()));
    }
    int size = c.get("img_size").asInt();
    return Pvt.preset("pvt-tiny")
        .withId(id)
        .withStages(stages)
        .withQkvBias(c.get("qkv_bias").asBoolean())
        .withTables(size, size)
        .withImage(size, size);
  }

  PvtFixture with(PvtConfig other) {
    return new PvtFixture(other, weights, tensors);
  }

  Backbone build(DataType type) {
    return Pvt.build(config, WeightSource.file(weights), type);
  }

  INDArray tensor(String name, DataType type) {
    INDArray found = tensors.get(name);
    if (found == null) {
      throw new IllegalArgumentException("fixture has no " + name + ": " + tensors.keySet());
    }
    return found.castTo(type);
  }

  /** A map {@code [B, C, H, W]} of the fixture as token rows {@code [B·H·W, C]}. */
  INDArray rows(String name, DataType type) {
    INDArray map = tensor(name, type);
    return map.permute(0, 2, 3, 1).dup('c').reshape('c', -1, map.size(1));
  }
}
