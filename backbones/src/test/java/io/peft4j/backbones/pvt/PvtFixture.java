package io.peft4j.backbones.pvt;

import com.fasterxml.jackson.databind.JsonNode;
import io.peft4j.backbones.build.GoldenModel;
import java.util.ArrayList;
import java.util.List;

/** Golden models of the original PVT. */
final class PvtFixture {
  private static final int CLASSES = 10;

  private PvtFixture() {}

  static GoldenModel<PvtConfig> load(String name) {
    return GoldenModel.load(
        name,
        c -> {
          JsonNode input = c.get("input");
          return config(name, c)
              .withImage(input.get(0).asInt(), input.get(1).asInt())
              .withClasses(CLASSES);
        });
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
}
